package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Exception.HeaderListSizeException;
import io.netty.handler.codec.http2.Http2Exception.StreamException;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.percolate.gateway.proxy.engine.Edge.ConnectionAbuse;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.engine.http2.ClosedStreams;
import io.percolate.gateway.proxy.engine.http2.HeaderBlock;
import io.percolate.gateway.proxy.engine.http2.HeaderBlockDecoder;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of a client that speaks HTTP/2 (RFC 9113), on Netty's frame codec and flow controllers.
 *
 * <p>Hands the codec one whole frame at a time, so that each can be weighed by its head before anything is done about
 * it, and an error is known to be that frame's. What becomes of requests is the affair of {@link Http2ClientStream}s.
 */
final class Http2ClientConnection extends Http2ConnectionHandler implements LongAnswers.Source {
    private static final Logger LOG = LoggerFactory.getLogger(Http2ClientConnection.class);
    private static final int PREFACE_LENGTH = 24;
    private static final int FRAME_HEAD_LENGTH = 9;
    /** The largest frame that a client may send; we announce no larger one. */
    private static final int FRAME_BYTES_MAX = 16 << 10;
    /** Of heads and answers to control frames that a client does not take; beyond, nothing more is read from it. */
    private static final long UNTAKEN_BYTES_MAX = 1 << 20;

    private final EdgeLoop loop;
    private final Channel channel;
    private final LingeringClose closing;
    private final boolean shed;
    private final Http2Connection.PropertyKey streams;
    private final ClientPeer peer;
    private final FrameBudget budget;
    private final HeaderBlockDecoder blocks;
    private final ClosedStreams closedStreams = new ClosedStreams();
    private final ConnectionWatch watch;
    private final GoAway goAway;
    /** Streams of which something came, or to which something was written, in the read under way. */
    private final List<Http2ClientStream> touched = new ArrayList<>();

    private @Nullable ChannelHandlerContext context;
    private int prefaceRead;
    private int frameType;
    private boolean frameEndsStream;
    private boolean reading;
    private boolean failed;
    private @Nullable ConnectionAbuse abuse;

    Http2ClientConnection(
            EdgeLoop loop,
            Channel channel,
            ClientPeer peer,
            LingeringClose closing,
            boolean shed,
            Http2Connection.PropertyKey streams,
            HeaderBlockDecoder blocks,
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            Http2Settings settings) {
        super(decoder, encoder, settings, true);
        this.loop = loop;
        this.channel = channel;
        this.closing = closing;
        this.shed = shed;
        this.streams = streams;
        this.peer = peer;
        this.blocks = blocks;
        int headerBytesMax = loop.edge().headerBytesMax();
        this.budget = new FrameBudget(loop.edge().http2(), headerBytesMax + headerBytesMax / 4, System.nanoTime());
        this.watch = new ConnectionWatch(this);
        this.goAway = new GoAway(this);
        decoder.frameListener(new Http2Requests(this, closedStreams));
        connection().addListener(new StreamEnds());
        encoder.flowController().listener(stream -> {
            Http2ClientStream client = of(stream);
            if (client != null) {
                client.writabilityChanged();
            }
        });
    }

    EdgeLoop loop() {
        return loop;
    }

    Channel channel() {
        return channel;
    }

    ClientPeer peer() {
        return peer;
    }

    boolean isShed() {
        return shed;
    }

    /** Whether a read is under way, at whose end all is flushed. */
    boolean isReading() {
        return reading;
    }

    /** The exchange's side of a stream; null when no request was made of it. */
    @Nullable
    Http2ClientStream of(Http2Stream stream) {
        return stream.getProperty(streams);
    }

    /** It is told of the end whether it is idle or not, since a request on its way is not lost by that. */
    @Override
    public void closeIfIdle(long nowNanos, long idleMinNanos) {
        goAway.begin();
    }

    @Override
    public void eachExchange(Consumer<HttpExchange> action) {
        try {
            connection().forEachActiveStream(stream -> {
                Http2ClientStream client = of(stream);
                HttpExchange exchange = client == null ? null : client.exchange();
                if (exchange != null) {
                    action.accept(exchange);
                }
                return true;
            });
        } catch (Http2Exception impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Makes a request of a stream, or what tells its client why not. */
    void begin(Http2Stream stream, RequestHead request, @Nullable Failure refusal) {
        opened(stream).begin(request, refusal);
    }

    /** Makes the handshake of a WebSocket of a stream. */
    void beginConnect(Http2Stream stream, RequestHead handshake) {
        opened(stream).beginConnect(handshake);
    }

    private Http2ClientStream opened(Http2Stream stream) {
        Http2ClientStream client = new Http2ClientStream(this, stream);
        stream.setProperty(streams, client);
        watch.busy();
        touched(client);
        return client;
    }

    /** Lets the stream know when the read is over. */
    void touched(Http2ClientStream stream) {
        if (reading && (touched.isEmpty() || !touched.getLast().equals(stream))) {
            touched.add(stream);
        }
    }

    /** Bytes that the client takes on a stream, those included that wait to be sent; maybe negative. */
    int window(Http2Stream stream) {
        return encoder().flowController().windowSize(stream);
    }

    boolean isWritable(Http2Stream stream, long waitingBytes) {
        return encoder().flowController().isWritable(stream)
                && encoder().flowController().windowSize(stream) > waitingBytes;
    }

    ChannelPromise newPromise() {
        return context().newPromise();
    }

    void writeHeaders(Http2Stream stream, Http2Headers headers, boolean last, ChannelPromise promise) {
        encoder().writeHeaders(context(), stream.id(), headers, 0, last, promise);
    }

    /** Writes a part of an answer; takes it. */
    void writeData(Http2Stream stream, ByteBuf part, boolean last, ChannelPromise promise) {
        budget.sent(part.readableBytes());
        encoder().writeData(context(), stream.id(), part, 0, last, promise);
    }

    /** Ends a stream that is of no more use, for a reason of our own. */
    void reset(Http2Stream stream, Http2Error error) {
        resetStream(context(), stream.id(), error.code(), newPromise());
        flush();
    }

    /** Gives the client back the credit for bytes of a request. */
    void consumed(Http2Stream stream, int bytes) {
        try {
            if (bytes > 0 && decoder().flowController().consumeBytes(stream, bytes)) {
                flush();
            }
        } catch (Http2Exception failure) {
            onError(context(), false, failure);
        }
    }

    void flush() {
        if (!reading) {
            flush(context());
        }
    }

    /** Says that no more requests are taken, in two steps, and closes when those under way are answered. */
    void drain() {
        goAway.begin();
    }

    GoAway goingAway() {
        return goAway;
    }

    /** Ends the connection for what the client does. */
    void end(ConnectionAbuse kind, long nowNanos) {
        abuse = kind;
        if (kind == ConnectionAbuse.NOT_READING) {
            // It would not read the reason either.
            failed = true;
            loop.load().abused(kind);
            channel.close();
        } else {
            onError(context(), false, Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "%s", kind));
        }
    }

    /** Closes the connection when what is written has gone. */
    void closeSoon() {
        closing.want();
        context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(flushed -> channel.close());
    }

    ChannelHandlerContext context() {
        ChannelHandlerContext current = context;
        if (current == null) {
            throw new IllegalStateException("the connection is not set up");
        }
        return current;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        context = ctx;
        loop.longAnswers().add(this);
        loop.http2Clients().add(this);
        watch.begin();
        super.handlerAdded(ctx);
        if (loop.load().isDraining()) {
            goAway.begin();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        reading = true;
        super.channelRead(ctx, message);
    }

    /** Passes on one frame; called until there is no whole one. */
    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        if (failed || !channel.isActive()) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (prefaceRead < PREFACE_LENGTH) {
            int length = Math.min(in.readableBytes(), PREFACE_LENGTH - prefaceRead);
            prefaceRead += length;
            super.decode(ctx, in.readSlice(length), out);
            return;
        }
        if (in.readableBytes() < FRAME_HEAD_LENGTH) {
            return;
        }
        int start = in.readerIndex();
        int length = in.getUnsignedMedium(start);
        if (length > FRAME_BYTES_MAX) {
            // Refused by its head; nothing of it is waited for.
            super.decode(ctx, in.readSlice(in.readableBytes()), out);
            return;
        }
        if (in.readableBytes() < FRAME_HEAD_LENGTH + length) {
            return;
        }
        frameType = in.getByte(start + 3);
        int flags = in.getByte(start + 4);
        frameEndsStream = (flags & 0x1) != 0 || frameType == Http2FrameTypes.CONTINUATION;
        ConnectionAbuse found = budget.received(frameType, flags, length, System.nanoTime());
        if (found != null) {
            in.skipBytes(in.readableBytes());
            end(found, System.nanoTime());
            return;
        }
        ByteBuf frame = in.readSlice(FRAME_HEAD_LENGTH + length);
        if (!budget.isBlockOpen()) {
            // Each read of a busy connection may end within a frame, which is another one every time.
            watch.headPending(false);
        }
        if (!isForRefused(frame)) {
            super.decode(ctx, frame, out);
        }
        if (!budget.isBlockOpen()) {
            blocks.forget();
        }
    }

    /** Drops what a client had sent for a stream before it knew that it was refused, which the codec never knew. */
    private boolean isForRefused(ByteBuf frame) throws Http2Exception {
        int id = frame.getInt(frame.readerIndex() + 5) & Integer.MAX_VALUE;
        if (id <= connection().remote().lastStreamCreated()
                || frameType == Http2FrameTypes.HEADERS
                || budget.isBlockOpen()
                || frameType == Http2FrameTypes.CONTINUATION
                || closedStreams.by(id) != ClosedStreams.By.OUR_RESET) {
            return false;
        }
        if (frameType == Http2FrameTypes.DATA) {
            ByteBuf data = frame.skipBytes(FRAME_HEAD_LENGTH);
            decoder().flowController().receiveFlowControlledFrame(null, data, 0, false);
        }
        return true;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        reading = false;
        discardSomeReadBytes();
        for (int i = 0; i < touched.size(); i++) {
            touched.get(i).readComplete();
        }
        touched.clear();
        watch.headPending(!failed && isHeadPending());
        flush(ctx);
        if (ClientConnection.pendingBytes(channel) > UNTAKEN_BYTES_MAX) {
            channel.config().setAutoRead(false);
        }
    }

    /** Whether something has begun that is no part of a request's body and has not come whole. */
    private boolean isHeadPending() {
        if (budget.isBlockOpen() || !decoder().prefaceReceived()) {
            return true;
        }
        int rest = actualReadableBytes();
        return rest > 0
                && (rest < 4 || internalBuffer().getByte(internalBuffer().readerIndex() + 3) != Http2FrameTypes.DATA);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
        if (channel.isWritable() && !channel.config().isAutoRead()) {
            channel.config().setAutoRead(true);
        }
        super.channelWritabilityChanged(ctx);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        watch.end();
        goAway.end();
        loop.longAnswers().remove(this);
        loop.http2Clients().remove(this);
        super.channelInactive(ctx);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
        if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) != null) {
            super.exceptionCaught(ctx, cause);
            return;
        }
        if (cause instanceof IOException) {
            LOG.debug("connection of client {} failed", peer.origin().address(), cause);
        } else {
            LOG.error("an error on the connection of client {}", peer.origin().address(), cause);
        }
        channel.close();
    }

    @Override
    protected void onConnectionError(
            ChannelHandlerContext ctx, boolean outbound, Throwable cause, @Nullable Http2Exception error) {
        if (failed) {
            return;
        }
        failed = true;
        if (error == null && cause instanceof IOException) {
            LOG.debug("connection of client {} failed", peer.origin().address(), cause);
        } else if (error == null) {
            LOG.error("an error on the connection of client {}", peer.origin().address(), cause);
        } else {
            LOG.debug("connection of client {} ends: {}", peer.origin().address(), error.getMessage());
        }
        ConnectionAbuse kind = abuse;
        if (kind == null && error != null && error.error() == Http2Error.ENHANCE_YOUR_CALM) {
            kind = outbound ? ConnectionAbuse.UNREAD_CONTROL_FRAMES : ConnectionAbuse.CONTINUATIONS;
        }
        if (kind != null) {
            loop.load().abused(kind);
        }
        closing.want();
        super.onConnectionError(ctx, outbound, cause, error);
        // Its requests end now and not when the client is done with hearing why.
        List<Http2ClientStream> open = new ArrayList<>();
        try {
            connection().forEachActiveStream(stream -> {
                Http2ClientStream client = of(stream);
                if (client != null) {
                    open.add(client);
                }
                return true;
            });
        } catch (Http2Exception impossible) {
            throw new IllegalStateException(impossible);
        }
        open.forEach(Http2ClientStream::closed);
    }

    @Override
    protected void onStreamError(ChannelHandlerContext ctx, boolean outbound, Throwable cause, StreamException error) {
        int id = error.streamId();
        Http2Stream stream = connection().stream(id);
        boolean open = stream != null && stream.state() != Http2Stream.State.CLOSED && !stream.isResetSent();
        if (failed || (!open && (outbound || stream != null))) {
            // Writing to a stream that has ended meanwhile.
            return;
        }
        boolean aboutHead = frameType == Http2FrameTypes.HEADERS || frameType == Http2FrameTypes.CONTINUATION;
        if (open && outbound) {
            LOG.debug(
                    "an answer to client {} could not be written", peer.origin().address(), cause);
            reset(stream, Http2Error.INTERNAL_ERROR);
        } else if (open) {
            // The codec finds such heads to be too many before it finds them to be too late.
            boolean afterEnd = of(stream) != null && !stream.state().remoteSideOpen();
            provoked(id, afterEnd && aboutHead ? Http2Error.STREAM_CLOSED : error.error(), error);
        } else if (connection().remote().mayHaveCreatedStream(id)) {
            late(id, aboutHead, error);
        } else if (error instanceof HeaderListSizeException) {
            tooLarge(id, error);
        } else {
            provoked(id, error.error(), error);
        }
    }

    /** A frame for a stream that is no more, or never was since a later one was opened. */
    private void late(int id, boolean aboutHead, StreamException error) {
        ClosedStreams.By by = closedStreams.by(id);
        if (by == ClosedStreams.By.OUR_RESET) {
            return;
        }
        if (by == ClosedStreams.By.PEER_RESET || (by == null && !aboutHead)) {
            provoked(id, Http2Error.STREAM_CLOSED, error);
        } else {
            Http2Error code = by == ClosedStreams.By.END ? Http2Error.STREAM_CLOSED : Http2Error.PROTOCOL_ERROR;
            onError(context(), false, Http2Exception.connectionError(code, "%s", String.valueOf(error.getMessage())));
        }
    }

    /** A request whose header fields are too large to be kept, but not to be decoded, is told so. */
    private void tooLarge(int id, StreamException error) {
        try {
            Http2Stream stream = connection().remote().createStream(id, frameEndsStream);
            begin(stream, Http2Requests.unknown(), Http2Requests.tooLarge());
            Http2ClientStream begun = of(stream);
            if (frameEndsStream && begun != null) {
                begun.receivedEnd(EmptyHttpHeaders.INSTANCE);
            }
        } catch (Http2Exception refused) {
            provoked(id, error.error(), error);
        }
    }

    /** Resets a stream for what the client did; one that does so again and again loses its connection. */
    private void provoked(int id, Http2Error error, StreamException cause) {
        LOG.debug("stream {} of client {} is reset with {}", id, peer.origin().address(), error, cause);
        if (connection().stream(id) == null) {
            closedStreams.closed(id, ClosedStreams.By.OUR_RESET);
        }
        Http2Stream stream = connection().stream(id);
        Http2ClientStream client = stream == null ? null : of(stream);
        HeaderBlock head = blocks.last();
        Failure malformed = Failure.of(FailureKind.REQUEST_MALFORMED, String.valueOf(cause.getMessage()));
        if (client != null) {
            client.malformed(malformed);
        } else if (stream != null && head != null) {
            new Http2ClientStream(this, stream).recordMalformed(new RequestHead(head.toRecord()), malformed);
        }
        resetStream(context(), id, error.code(), newPromise());
        if (client != null) {
            client.closed();
        }
        if (budget.provokedReset(System.nanoTime())) {
            end(ConnectionAbuse.PROVOKED_RESETS, System.nanoTime());
        }
    }

    /** Tells exchanges of their streams' ends. */
    private final class StreamEnds extends Http2ConnectionAdapter {
        @Override
        public void onStreamClosed(Http2Stream stream) {
            boolean reset = stream.isResetSent();
            if (closedStreams.by(stream.id()) == null) {
                closedStreams.closed(stream.id(), reset ? ClosedStreams.By.OUR_RESET : ClosedStreams.By.END);
            }
            Http2ClientStream client = of(stream);
            if (client != null) {
                client.closed();
            }
        }

        @Override
        public void onStreamRemoved(Http2Stream stream) {
            if (connection().numActiveStreams() == 0) {
                watch.idle();
                goAway.streamsEnded();
            }
        }
    }
}
