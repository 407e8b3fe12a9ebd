package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.engine.http2.ClosedStreams;
import io.percolate.gateway.proxy.engine.http2.HeaderBlock;
import io.percolate.gateway.proxy.engine.websocket.Handshake;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.util.Objects;

/** What the frames of one connection mean, once the codec has found them to be in their place. */
final class Http2Requests extends Http2FrameAdapter {
    /** Of our compression context, which a client may ask to be larger at our cost (RFC 7541, section 4.2). */
    static final long HEADER_TABLE_BYTES_MAX = 4 << 10;

    private final Http2ClientConnection connection;
    private final ClosedStreams closedStreams;

    Http2Requests(Http2ClientConnection connection, ClosedStreams closedStreams) {
        this.connection = connection;
        this.closedStreams = closedStreams;
    }

    /** Stands for a request whose head could not be kept. */
    static RequestHead unknown() {
        return new RequestHead(new DefaultHttpRequest(RequestHead.HTTP_2, HttpMethod.GET, "/"));
    }

    static Failure tooLarge() {
        return Failure.of(FailureKind.REQUEST_HEADERS_TOO_LARGE, "the header fields are too large");
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx,
            int streamId,
            Http2Headers headers,
            int streamDependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean endOfStream)
            throws Http2Exception {
        HeaderBlock block = (HeaderBlock) headers;
        Http2Stream stream = stream(streamId);
        Http2ClientStream begun = connection.of(stream);
        String malformation = begun == null
                ? block.requestMalformation()
                // RFC 9113, section 8.5.
                : begun.isConnect() ? "a connected stream has DATA only" : block.trailersMalformation();
        if (malformation != null) {
            throw Http2Exception.streamError(streamId, Http2Error.PROTOCOL_ERROR, "%s", malformation);
        }
        if (begun != null) {
            connection.touched(begun);
            begun.receivedEnd(block.fields());
            return;
        }
        Failure refusal = block.refusal(connection.loop().edge().requestLineBytesMax(), endOfStream);
        if (refusal == null && block.asksForWebSocket()) {
            String key = Handshake.key(
                    connection.loop().randomLong(), connection.loop().randomLong());
            connection.beginConnect(stream, new RequestHead(block.toUpgrade(key)));
            return;
        }
        connection.begin(stream, new RequestHead(block.toRequest(!endOfStream)), refusal);
        if (endOfStream) {
            end(stream);
        }
    }

    private void end(Http2Stream stream) {
        Http2ClientStream begun = connection.of(stream);
        if (begun != null) {
            begun.receivedEnd(EmptyHttpHeaders.INSTANCE);
        }
    }

    @Override
    public int onDataRead(ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream) {
        Http2ClientStream begun = connection.of(stream(streamId));
        if (begun == null) {
            return data.readableBytes() + padding;
        }
        connection.touched(begun);
        return padding + begun.received(data, endOfStream);
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode) {
        closedStreams.closed(streamId, ClosedStreams.By.PEER_RESET);
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) throws Http2Exception {
        Long wanted = settings.headerTableSize();
        if (wanted != null && wanted > HEADER_TABLE_BYTES_MAX) {
            connection.encoder().configuration().headersConfiguration().maxHeaderTableSize(HEADER_TABLE_BYTES_MAX);
        }
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext ctx, long data) {
        connection.goingAway().answered(data);
    }

    private Http2Stream stream(int id) {
        return Objects.requireNonNull(connection.connection().stream(id));
    }
}
