package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;
import io.percolate.gateway.proxy.engine.http1.ForwardedRequest;
import io.percolate.gateway.proxy.engine.http2.RequestBlock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of HTTP/2 to a pod: carries many exchanges at once, each on a stream, and belongs to its loop's {@link
 * MultiplexedPool}.
 *
 * <p>Its own window is refilled whatever the streams do, so that one whose client does not read cannot hold up others;
 * what it can hold in memory is bounded by the windows of its streams. It can be used when the pod's first settings have
 * come, which tell how many streams the pod takes.
 */
final class MultiplexedConnection extends Http2ConnectionHandler {
    private static final Logger LOG = LoggerFactory.getLogger(MultiplexedConnection.class);

    /** What a pod may send ahead on one stream: what one client that does not read can cost. */
    static final int STREAM_WINDOW = 256 << 10;

    private static final int CONNECTION_WINDOW = 8 << 20;
    private static final float WINDOW_UPDATE_RATIO = 0.5f;
    /** Ids are used up only by two thousand million requests on one connection, but then at once. */
    private static final int STREAM_ID_MAX = Integer.MAX_VALUE - 1_024;

    private final EdgeLoop loop;
    private final MultiplexedPool pool;
    private final boolean encrypted;
    private final Http2Connection.PropertyKey key;
    private final LoopTimer.Deadline deadline;
    private final Set<PodExchange> toFlush = new LinkedHashSet<>();
    private final List<PodExchange> flushing = new ArrayList<>();
    private @Nullable ChannelHandlerContext context;
    private int streams;
    private boolean carried;
    private boolean settled;
    private @Nullable Throwable broken;
    private boolean retired;
    private int lastProcessed = Integer.MAX_VALUE;
    private long heardNanos;
    private boolean pinged;
    private long pingedNanos;

    private MultiplexedConnection(
            EdgeLoop loop,
            MultiplexedPool pool,
            boolean encrypted,
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            Http2Settings settings) {
        super(decoder, encoder, settings);
        this.loop = loop;
        this.pool = pool;
        this.encrypted = encrypted;
        this.key = connection().newKey();
        this.deadline = new LoopTimer.Deadline(loop.timer()) {
            @Override
            void expired(long nowNanos) {
                MultiplexedConnection.this.expired(nowNanos);
            }
        };
        MultiplexedEvents events = new MultiplexedEvents(this);
        decoder.frameListener(events);
        connection().addListener(events);
        encoder.flowController().listener(stream -> {
            MultiplexedStream of = of(stream);
            if (of != null) {
                of.writabilityChanged();
            }
        });
    }

    static MultiplexedConnection create(EdgeLoop loop, MultiplexedPool pool, boolean encrypted) {
        return new Builder(loop, pool, encrypted).build();
    }

    private static final class Builder extends AbstractHttp2ConnectionHandlerBuilder<MultiplexedConnection, Builder> {
        private final EdgeLoop loop;
        private final MultiplexedPool pool;
        private final boolean encrypted;

        Builder(EdgeLoop loop, MultiplexedPool pool, boolean encrypted) {
            this.loop = loop;
            this.pool = pool;
            this.encrypted = encrypted;
            DefaultHttp2Connection connection = new DefaultHttp2Connection(false);
            connection
                    .local()
                    .flowController(new DefaultHttp2LocalFlowController(connection, WINDOW_UPDATE_RATIO, true));
            connection
                    .remote()
                    .flowController(new DefaultHttp2RemoteFlowController(
                            connection, new UniformStreamByteDistributor(connection)));
            connection(connection);
            initialSettings(new Http2Settings()
                    .pushEnabled(false)
                    .initialWindowSize(STREAM_WINDOW)
                    .maxHeaderListSize(loop.upstream().headerBytesMax()));
            headerSensitivityDetector(RequestBlock.SENSITIVE);
            gracefulShutdownTimeoutMillis(0);
        }

        @Override
        protected MultiplexedConnection build() {
            return super.build();
        }

        @Override
        protected MultiplexedConnection build(
                Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
            return new MultiplexedConnection(loop, pool, encrypted, decoder, encoder, settings);
        }
    }

    /** Whether it takes one more exchange. */
    boolean hasRoom() {
        return settled
                && !retired
                && context().channel().isActive()
                && streams
                        < Math.min(
                                loop.upstream().streamsMax(),
                                connection().local().maxActiveStreams())
                && connection().local().lastStreamCreated() < STREAM_ID_MAX;
    }

    boolean isIdle() {
        return streams == 0;
    }

    /** Whether an exchange was on it before. */
    boolean hasCarried() {
        return carried;
    }

    /** A stream for one exchange, which begins it before anything else happens. */
    MultiplexedStream stream() {
        boolean reused = carried;
        carried = true;
        return new MultiplexedStream(this, reused);
    }

    /** Opens a stream with the head of its request, not flushed; null when it cannot be sent, which the stream is told. */
    @Nullable
    Http2Stream open(MultiplexedStream stream, ForwardedRequest request, boolean last) {
        if (streams == 0) {
            heardNanos = System.nanoTime();
            deadline.set(heardNanos + loop.upstream().pingAfter().toNanos());
        }
        int id = connection().local().incrementAndGetNextStreamId();
        ChannelFuture written = encoder()
                .writeHeaders(
                        context(),
                        id,
                        RequestBlock.request(request, encrypted),
                        0,
                        last,
                        context().newPromise());
        Http2Stream opened = connection().stream(id);
        if (opened != null) {
            streams++;
            opened.setProperty(key, stream);
        }
        written.addListener(done -> {
            if (!done.isSuccess()) {
                LOG.debug("the head of a request to pod {} could not be written", pool.address(), done.cause());
                // Later, for the exchange is only about to begin.
                loop.eventLoop().execute(() -> stream.closed(false));
            }
        });
        return opened;
    }

    /** Writes a part of a request's body, not flushed; takes it. */
    ChannelFuture write(Http2Stream to, ByteBuf part, boolean last) {
        return encoder().writeData(context(), to.id(), part, 0, last, context().newPromise());
    }

    void writeTrailers(Http2Stream to, HttpHeaders trailers) {
        encoder()
                .writeHeaders(
                        context(),
                        to.id(),
                        RequestBlock.trailers(trailers),
                        0,
                        true,
                        context().newPromise());
    }

    void flush() {
        context().channel().flush();
    }

    boolean isWritable(Http2Stream to) {
        return encoder().flowController().isWritable(to);
    }

    /** Whether parts of a request wait for the pod's credit, or for the socket. */
    boolean hasUnsent(Http2Stream to) {
        return encoder().flowController().hasFlowControlled(to);
    }

    /** Lets the pod send this much more on a stream. */
    void credit(Http2Stream from, int bytes) {
        try {
            if (decoder().flowController().consumeBytes(from, bytes)) {
                flush();
            }
        } catch (Http2Exception uncreditable) {
            onError(context(), true, uncreditable);
        }
    }

    void reset(Http2Stream unwanted, Http2Error error) {
        unwanted.removeProperty(key);
        streamOver();
        resetStream(context(), unwanted.id(), error.code(), context().newPromise());
        flush();
    }

    /** Ends the connection, whatever is on it. */
    void close() {
        retired = true;
        ChannelHandlerContext opened = context;
        if (opened != null) {
            opened.channel().close();
        }
    }

    @Nullable
    MultiplexedStream of(Http2Stream stream) {
        return stream.getProperty(key);
    }

    @Nullable
    MultiplexedStream of(int streamId) {
        Http2Stream stream = connection().stream(streamId);
        return stream == null ? null : of(stream);
    }

    /** Something of the answer of this stream's exchange goes to its client at the end of the read. */
    void flushesClientOf(MultiplexedStream stream) {
        PodExchange exchange = stream.exchange();
        if (exchange != null) {
            toFlush.add(exchange);
        }
    }

    /** The pod's settings, the first of which make the connection usable. */
    void settings() {
        if (!settled) {
            settled = true;
            becomeIdle();
            pool.opened(this);
        } else {
            pool.roomAt(this);
        }
    }

    /** The pod takes no new streams, and has not begun with those beyond this one. */
    void goAway(int lastStreamId) {
        lastProcessed = lastStreamId;
        retire();
    }

    /** The stream has closed by whatever way. */
    void streamClosed(Http2Stream closed) {
        MultiplexedStream of = closed.removeProperty(key);
        if (of != null) {
            streamOver();
            of.closed(closed.id() > lastProcessed);
        }
    }

    private void streamOver() {
        streams--;
        if (streams == 0) {
            becomeIdle();
        }
        if (pool.isAnyPending()) {
            // Later, for this may be within the callbacks of the connection's end.
            loop.eventLoop().execute(() -> pool.roomAt(this));
        }
    }

    private void becomeIdle() {
        pinged = false;
        if (retired) {
            loop.eventLoop().execute(this::close);
        } else {
            deadline.cancel();
            deadline.set(System.nanoTime() + loop.upstream().poolIdleTimeout().toNanos());
        }
    }

    private void retire() {
        if (!retired) {
            retired = true;
            pool.retired(this);
            if (streams == 0) {
                loop.eventLoop().execute(this::close);
            }
        }
    }

    private void expired(long nowNanos) {
        long silentNanos = nowNanos - heardNanos;
        long pingAfterNanos = loop.upstream().pingAfter().toNanos();
        if (streams == 0) {
            // Unused for long, or without settings.
            close();
        } else if (silentNanos < pingAfterNanos) {
            deadline.set(heardNanos + pingAfterNanos);
        } else if (pinged && heardNanos - pingedNanos < 0) {
            LOG.debug("pod {} does not answer a ping", pool.address());
            close();
        } else {
            pinged = true;
            pingedNanos = System.nanoTime();
            encoder().writePing(context(), false, nowNanos, context().newPromise());
            flush();
            deadline.set(nowNanos + loop.upstream().pingTimeout().toNanos());
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) throws Exception {
        context = added;
        deadline.set(System.nanoTime() + loop.upstream().connectTimeout().toNanos());
        super.handlerAdded(added);
        if (added.channel().isActive()) {
            widen();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext active) throws Exception {
        super.channelActive(active);
        widen();
    }

    private void widen() throws Http2Exception {
        Http2Stream whole = connection().connectionStream();
        int now = decoder().flowController().initialWindowSize(whole);
        if (now < CONNECTION_WINDOW) {
            decoder().flowController().incrementWindowSize(whole, CONNECTION_WINDOW - now);
            flush();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) throws Exception {
        heardNanos = System.nanoTime();
        super.channelRead(from, message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext from) throws Exception {
        super.channelReadComplete(from);
        flushClients();
    }

    private void flushClients() {
        flushing.addAll(toFlush);
        toFlush.clear();
        for (int i = 0; i < flushing.size(); i++) {
            flushing.get(i).flushClient();
        }
        flushing.clear();
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) throws Exception {
        deadline.cancel();
        retired = true;
        if (settled) {
            pool.closed(this);
        } else {
            pool.unopened(broken instanceof SSLException secured ? secured : null);
        }
        super.channelInactive(from);
        flushClients();
    }

    @Override
    protected void onStreamError(
            ChannelHandlerContext on, boolean outbound, Throwable cause, Http2Exception.StreamException error) {
        MultiplexedStream of = of(error.streamId());
        if (of != null && !outbound) {
            of.malformed(String.valueOf(error.getMessage()));
            return;
        }
        super.onStreamError(on, outbound, cause, error);
    }

    @Override
    protected void onConnectionError(
            ChannelHandlerContext on, boolean outbound, Throwable cause, @Nullable Http2Exception error) {
        if (error == null && !(cause instanceof IOException)) {
            LOG.error("an error on the connection to pod {}", pool.address(), cause);
        } else {
            LOG.debug("the connection to pod {} failed", pool.address(), cause);
        }
        retire();
        if (error != null) {
            List<MultiplexedStream> broken = new ArrayList<>();
            try {
                connection().forEachActiveStream(stream -> {
                    MultiplexedStream of = of(stream);
                    if (of != null) {
                        broken.add(of);
                    }
                    return true;
                });
            } catch (Http2Exception impossible) {
                throw new IllegalStateException("a visitor that throws nothing", impossible);
            }
            broken.forEach(stream -> stream.malformed(String.valueOf(error.getMessage())));
        }
        super.onConnectionError(on, outbound, cause, error);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext on, Throwable cause) throws Exception {
        if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) != null) {
            super.exceptionCaught(on, cause);
            return;
        }
        Throwable inner = cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
        broken = inner;
        if (inner instanceof IOException) {
            LOG.debug("the connection to pod {} failed", pool.address(), inner);
        } else {
            LOG.error("an error on the connection to pod {}", pool.address(), inner);
        }
        on.close();
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(context);
    }
}
