package io.percolate.gateway.proxy.engine.relay;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection: its requests, one after another.
 *
 * <p>Messages come one for each {@code read()}, so that nothing piles up while a server is slow. Behind the end of a
 * request one more is asked for: that is how a client's leaving is noticed, and where a pipelined request waits.
 */
final class ClientSide extends ChannelInboundHandlerAdapter {
    /** Of a request that was answered before it had been read: beyond this the connection is closed. */
    private static final long DISCARDED_BYTES_MAX = 16L << 20;

    private final RelayConfig config;
    private final RelayGate gate;
    private final ServerConnections servers;
    private @Nullable ChannelHandlerContext context;
    private @Nullable RelayExchange exchange;
    private @Nullable HttpRequest waiting;
    private @Nullable Future<?> idle;
    private boolean wanted;
    private boolean receiving;
    private boolean discarding;
    private long discardedBytes;
    private boolean keepAlive = true;
    private boolean takesChunks = true;
    private boolean leaving;

    ClientSide(RelayConfig config, RelayGate gate, ServerConnections servers) {
        this.config = config;
        this.gate = gate;
        this.servers = servers;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        awaitRequest();
        read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        wanted = false;
        if (message instanceof HttpRequest head) {
            if (exchange != null || discarding) {
                waiting = head;
                return;
            }
            begin(head);
        } else if (message instanceof HttpContent content) {
            body(content);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void body(HttpContent content) {
        if (content.decoderResult().isFailure()) {
            content.release();
            close();
            return;
        }
        boolean last = content instanceof LastHttpContent;
        receiving = !last;
        if (discarding || exchange == null) {
            discardedBytes += content.content().readableBytes();
            content.release();
            if (last) {
                discarding = false;
                next();
                read();
            } else if (discardedBytes > DISCARDED_BYTES_MAX) {
                close();
            } else {
                read();
            }
            return;
        }
        boolean readAhead = last && !exchange.mayLeaveHttp();
        exchange.requestContent(content);
        if (readAhead) {
            read();
        }
    }

    private void begin(HttpRequest head) {
        if (idle != null) {
            idle.cancel(false);
            idle = null;
        }
        takesChunks = head.protocolVersion().isKeepAliveDefault();
        receiving = true;
        discardedBytes = 0;
        if (head.decoderResult().isFailure()) {
            ReferenceCountUtil.release(head);
            keepAlive = false;
            refuse(RelayFault.REQUEST_MALFORMED);
            closeFlushed();
            return;
        }
        keepAlive = !leaving && HttpUtil.isKeepAlive(head);
        HttpHeaders headers = RelayHeaders.passing(head.headers());
        switch (gate.judge(new RelayHead(head.method().name(), head.uri(), headers))) {
            case RelayVerdict.Refuse refusal -> {
                refuse(refusal);
                exchangeEnded();
            }
            case RelayVerdict.Pass pass -> {
                exchange = new RelayExchange(this, servers, pass, head, headers);
                exchange.start();
            }
        }
    }

    /** Asks for the client's next message. */
    void read() {
        wanted = true;
        context().read();
    }

    void write(Object message) {
        context().write(message);
    }

    void flush() {
        context().flush();
    }

    void close() {
        context().close();
    }

    boolean isWritable() {
        return context().channel().isWritable();
    }

    boolean takesInformational() {
        return takesChunks;
    }

    EventLoop loop() {
        return context().channel().eventLoop();
    }

    /** @param delimited whether the client sees by the head where the answer ends */
    void answerBegins(HttpResponse head, boolean delimited) {
        if (!delimited) {
            if (takesChunks) {
                head.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            } else {
                keepAlive = false;
            }
        }
        write(connectionOf(head));
    }

    private HttpResponse connectionOf(HttpResponse head) {
        if (!keepAlive) {
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (!takesChunks) {
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
        return head;
    }

    /** Answers in place of the server; which status. */
    int refuse(RelayFault fault) {
        return refuse(gate.failed(fault));
    }

    private int refuse(RelayVerdict.Refuse refusal) {
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(refusal.status()),
                Unpooled.wrappedBuffer(refusal.body()));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, refusal.contentType())
                .set(HttpHeaderNames.CONTENT_LENGTH, refusal.body().length);
        connectionOf(response);
        context().writeAndFlush(response);
        return refusal.status();
    }

    /** The answer has been written. */
    void exchangeEnded() {
        boolean nothingAskedFor = exchange != null && exchange.mayLeaveHttp() && !receiving;
        exchange = null;
        if (!keepAlive && !receiving) {
            closeFlushed();
        } else if (receiving) {
            // Closed at once, the client would lose the answer over the body that it still sends.
            discarding = true;
            read();
        } else {
            next();
            if (nothingAskedFor) {
                read();
            }
        }
    }

    private void next() {
        if (!keepAlive) {
            closeFlushed();
            return;
        }
        HttpRequest head = waiting;
        waiting = null;
        if (head == null) {
            awaitRequest();
        } else {
            begin(head);
        }
    }

    private void awaitRequest() {
        if (leaving) {
            closeFlushed();
            return;
        }
        idle = loop().schedule(this::close, config.idleMax().toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Closes once no request is under way. */
    void leave() {
        leaving = true;
        keepAlive = false;
        if (exchange == null && !discarding) {
            closeFlushed();
        }
    }

    private void closeFlushed() {
        context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /** Gives the connection to a tunnel; its bytes are no messages any more. */
    Channel leaveHttp(RelayTunnelEnd tunnel) {
        Channel channel = context().channel();
        exchange = null;
        channel.pipeline().addLast(tunnel);
        channel.pipeline().remove(FlowControlHandler.class);
        channel.pipeline().remove(HttpServerCodec.class);
        channel.pipeline().remove(this);
        return channel;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        // What was read from the socket may have been no whole message; the read does not stay asked for then.
        if (wanted) {
            ctx.read();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (exchange != null && ctx.channel().isWritable()) {
            exchange.clientWritable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (idle != null) {
            idle.cancel(false);
        }
        if (exchange != null) {
            exchange.clientGone();
            exchange = null;
        }
        ReferenceCountUtil.release(waiting);
        waiting = null;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable error) {
        ctx.close();
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(context);
    }
}
