package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaders;
import io.percolate.gateway.proxy.engine.http1.BodyFraming;
import io.percolate.gateway.proxy.engine.http1.Chunks;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.engine.http1.ResponseHead;
import java.util.LinkedHashMap;
import java.util.Map;

/** The answer to one request as it goes to the client: head, framing, end, and whether the connection outlives it. */
final class ClientAnswer {
    private final ClientConnection client;
    private final RequestHead request;
    private final String requestId;
    private BodyFraming framing = BodyFraming.NONE;
    private boolean keepAlive;

    ClientAnswer(ClientConnection client, RequestHead request, String requestId) {
        this.client = client;
        this.request = request;
        this.requestId = requestId;
    }

    /** Whether the client's connection may be used again after this answer. */
    boolean isKeepAlive() {
        return keepAlive;
    }

    /** Closes the connection after all, though its head did not say so. */
    void closeAfterwards() {
        keepAlive = false;
    }

    /** Whether nothing but the end of the connection tells the client where the answer ends. */
    boolean isUndelimited() {
        return framing == BodyFraming.UNTIL_CLOSE;
    }

    /** Writes an interim answer, which clients of HTTP/1.0 do not know. */
    void interim(ResponseHead interim) {
        if (!request.isHttp10()) {
            client.write(interim.writeInterim(client.loop().headBytes()).toBuffer(alloc(), 0));
        }
    }

    /** Writes the head of a pod's answer. */
    void begin(ResponseHead head, boolean mayKeepAlive) {
        framing = switch (head.framing()) {
            case NONE -> BodyFraming.NONE;
            case LENGTH -> BodyFraming.LENGTH;
            case CHUNKED, UNTIL_CLOSE -> request.isHttp10() ? BodyFraming.UNTIL_CLOSE : BodyFraming.CHUNKED;
        };
        keepAlive = mayKeepAlive && framing != BodyFraming.UNTIL_CLOSE;
        client.write(head.write(client.loop().headBytes(), framing, requestId, connection())
                .toBuffer(alloc(), 0));
    }

    /** Writes the head of an answer of the gateway's own, whose body has a known length. */
    void beginOwn(int status, Map<String, String> fields, long length, boolean mayKeepAlive) {
        framing = BodyFraming.LENGTH;
        keepAlive = mayKeepAlive;
        Map<String, String> all = new LinkedHashMap<>(fields);
        if (status != 304) {
            all.put("Content-Length", Long.toString(length));
        }
        client.write(ResponseHead.writeOwn(client.loop().headBytes(), status, all, requestId, connection())
                .toBuffer(alloc(), 0));
    }

    /** Writes a part of the body; takes it. */
    void part(ByteBuf bytes) {
        if (!bytes.isReadable()) {
            bytes.release();
        } else if (framing == BodyFraming.CHUNKED) {
            Chunks.write(client.channel(), bytes, client.channel().voidPromise());
        } else {
            client.write(bytes);
        }
    }

    /** Writes a part of the body that is ASCII. */
    void part(String text) {
        client.write(ByteBufUtil.writeAscii(alloc(), text));
    }

    /** Writes the end; the promise tells when the socket has all of it. */
    void end(HttpHeaders trailers, ChannelPromise promise) {
        if (framing == BodyFraming.CHUNKED) {
            Chunks.writeLast(client.channel(), trailers, promise);
        } else {
            client.writeEnd(promise);
        }
    }

    private ByteBufAllocator alloc() {
        return client.channel().alloc();
    }

    private ResponseHead.Connection connection() {
        if (!keepAlive) {
            return ResponseHead.Connection.CLOSED;
        }
        return request.isHttp10() ? ResponseHead.Connection.KEPT_HTTP10 : ResponseHead.Connection.KEPT;
    }
}
