package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import io.percolate.gateway.proxy.engine.http1.BodyFraming;
import io.percolate.gateway.proxy.engine.http1.JoinedWrites;
import io.percolate.gateway.proxy.engine.http1.RequestDecoder;
import io.percolate.gateway.proxy.engine.http1.ResponseHead;
import io.percolate.gateway.proxy.engine.websocket.TunnelEnd;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTunnel;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTunnel.Side;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of a client that speaks HTTP/1.1: carries its requests, one after the other, and bounds how long each
 * part may take.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter implements ClientStream, LongAnswers.Source {
    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    /** What is read and dropped of a refused body rather than ending the connection. */
    static final long DISCARD_BYTES_MAX = 64 << 10;
    /** After the last answer, for the client to have read it; closing at once could destroy it on its way. */
    static final Duration LINGER = Duration.ofSeconds(2);
    /** What a client may still send meanwhile. */
    static final long LINGER_BYTES_MAX = 1 << 20;

    private enum State {
        /** No request has begun. */
        IDLE,
        HEAD,
        EXCHANGE,
        /** Answered, while the rest of the request's body is read and dropped. */
        DISCARDING,
        /** Our side is shut; what still comes is dropped until the client closes too. */
        LINGERING,
        CLOSED
    }

    private final EdgeLoop loop;
    private final Channel channel;
    private final RequestDecoder decoder;
    private final ClientPeer peer;
    private final JoinedWrites writes;
    private final boolean shed;
    private final LoopTimer.Deadline deadline;
    private State state = State.IDLE;
    private boolean reading;
    private boolean used;
    private long idleNanos;
    private long dropped;
    private @Nullable HttpExchange exchange;
    private @Nullable ChannelTunnelEnd tunnelEnd;

    /** @param shed whether it came beyond a bound, to be told so and closed */
    ClientConnection(EdgeLoop loop, Channel channel, ClientPeer peer, RequestDecoder decoder, boolean shed) {
        this.loop = loop;
        this.channel = channel;
        this.decoder = decoder;
        this.writes = new JoinedWrites(channel);
        this.shed = shed;
        this.peer = peer;
        this.deadline = new LoopTimer.Deadline(loop.timer()) {
            @Override
            void expired(long nowNanos) {
                ClientConnection.this.expired(nowNanos);
            }
        };
        decoder.onHeadBegins(this::headBegins);
        loop.longAnswers().add(this);
    }

    @Override
    public void eachExchange(Consumer<HttpExchange> action) {
        HttpExchange current = exchange;
        if (current != null) {
            action.accept(current);
        }
    }

    @Override
    public EdgeLoop loop() {
        return loop;
    }

    @Override
    public ClientPeer peer() {
        return peer;
    }

    @Override
    public boolean isFirst() {
        return !used;
    }

    @Override
    public boolean isShed() {
        return shed;
    }

    @Override
    public ByteBufAllocator alloc() {
        return channel.alloc();
    }

    @Override
    public boolean isReading() {
        return reading;
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public long pendingBytes() {
        return pendingBytes(channel);
    }

    /** Bytes written to a channel that its socket has not taken. */
    static long pendingBytes(Channel channel) {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    @Override
    public void deadlineAt(long nanos) {
        deadline.set(nanos);
    }

    @Override
    public void pauseRead() {
        channel.config().setAutoRead(false);
    }

    @Override
    public void resumeRead() {
        if (state != State.CLOSED && !channel.config().isAutoRead()) {
            channel.config().setAutoRead(true);
        }
    }

    @Override
    public boolean isReadPaused() {
        return !channel.config().isAutoRead();
    }

    @Override
    public void writeInterim(ResponseHead head) {
        writes.head(head.writeInterim(loop.headBytes()), false);
    }

    @Override
    public void writeHead(
            ResponseHead head, BodyFraming framing, String requestId, ResponseHead.Connection connection) {
        writes.head(head.write(loop.headBytes(), framing, requestId, connection), framing != BodyFraming.NONE);
    }

    @Override
    public void writeOwnHead(
            int status,
            Map<String, String> fields,
            String requestId,
            ResponseHead.Connection connection,
            boolean bodyFollows) {
        writes.head(ResponseHead.writeOwn(loop.headBytes(), status, fields, requestId, connection), bodyFollows);
    }

    @Override
    public void writePart(ByteBuf bytes, BodyFraming framing) {
        if (framing == BodyFraming.CHUNKED) {
            writes.chunk(bytes);
        } else {
            writes.part(bytes);
        }
    }

    @Override
    public void writeEnd(
            HttpHeaders trailers, BodyFraming framing, GenericFutureListener<Future<? super Void>> listener) {
        ChannelPromise promise = channel.newPromise();
        promise.addListener(listener);
        if (framing == BodyFraming.CHUNKED) {
            writes.lastChunk(trailers, promise);
        } else {
            writes.end(promise);
        }
    }

    @Override
    public void flush() {
        writes.flush();
    }

    @Override
    public TunnelEnd switchProtocols(ResponseHead head, String requestId, @Nullable String protocol) {
        writes.head(head.writeSwitching(loop.headBytes(), requestId, protocol), false);
        writes.flush();
        deadline.cancel();
        loop.longAnswers().remove(this);
        ChannelTunnelEnd end = new ChannelTunnelEnd(channel, Side.CLIENT, loop.timer());
        tunnelEnd = end;
        return end;
    }

    /** This handler is in the pipeline no more; what the decoder had not looked at comes first. */
    @Override
    public void openTunnel(WebSocketTunnel tunnel) {
        ChannelTunnelEnd end = Objects.requireNonNull(tunnelEnd);
        end.leadsTo(tunnel);
        state = State.CLOSED;
        exchange = null;
        channel.pipeline().replace(this, null, end);
        channel.pipeline().remove(decoder);
        end.resumeRead();
    }

    @Override
    public void exchangeOver(boolean keepAlive, boolean uploadComplete, long bodyBytesLeft) {
        exchange = null;
        if (state == State.CLOSED) {
            return;
        }
        if (keepAlive && uploadComplete) {
            next();
        } else if (keepAlive && bodyBytesLeft <= DISCARD_BYTES_MAX) {
            state = State.DISCARDING;
            dropped = 0;
            deadline.set(System.nanoTime() + loop.edge().bodyIdleTimeout().toNanos());
            resumeRead();
        } else if (uploadComplete && !decoder.hasUndecoded()) {
            close();
        } else {
            linger();
        }
    }

    @Override
    public void abort(boolean byReset) {
        exchange = null;
        writes.flush();
        if (byReset) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            state = State.CLOSED;
            deadline.cancel();
            TlsEnd.closeWithoutNotice(channel);
            return;
        }
        close();
    }

    private void close() {
        state = State.CLOSED;
        deadline.cancel();
        channel.close();
    }

    private void next() {
        state = State.IDLE;
        used = true;
        idleNanos = System.nanoTime();
        deadline.set(idleNanos + loop.edge().idleTimeout().toNanos());
        decoder.resume();
    }

    private void linger() {
        state = State.LINGERING;
        dropped = 0;
        deadline.set(System.nanoTime() + LINGER.toNanos());
        TlsEnd.shutdownOutput(channel);
        resumeRead();
    }

    private void headBegins() {
        if (state == State.IDLE) {
            state = State.HEAD;
            deadline.set(System.nanoTime() + loop.edge().headerTimeout().toNanos());
        }
    }

    @Override
    public void closeIfIdle(long nowNanos, long idleMinNanos) {
        if (state == State.IDLE && !decoder.hasUndecoded() && nowNanos - idleNanos >= idleMinNanos) {
            close();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive()) {
            opened();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        opened();
    }

    private void opened() {
        idleNanos = System.nanoTime();
        deadline.set(idleNanos + (shed ? LINGER : loop.edge().idleTimeout()).toNanos());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        reading = true;
        if (state == State.LINGERING || state == State.CLOSED) {
            drop(message);
        } else if (message instanceof HttpRequest request) {
            begin(request);
        } else if (message instanceof HttpContent content) {
            content(content);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(HttpRequest request) {
        if (!channel.isActive()) {
            // The connection ended within a head; there is nobody to answer.
            ReferenceCountUtil.release(request);
            return;
        }
        state = State.EXCHANGE;
        HttpExchange begun = new HttpExchange(this, request);
        exchange = begun;
        begun.begin();
        if (request instanceof HttpContent undecodable) {
            undecodable.release();
        }
    }

    private void content(HttpContent content) {
        HttpExchange current = exchange;
        if (current != null) {
            current.content(content);
            return;
        }
        if (state == State.DISCARDING) {
            boolean last = content instanceof LastHttpContent;
            boolean broken = content.decoderResult().isFailure();
            dropped += content.content().readableBytes();
            content.release();
            if (broken || dropped > DISCARD_BYTES_MAX) {
                linger();
            } else if (last) {
                next();
            }
        } else {
            content.release();
        }
    }

    private void drop(Object message) {
        if (message instanceof HttpContent content) {
            dropped += content.content().readableBytes();
        }
        ReferenceCountUtil.release(message);
        if (state == State.LINGERING && dropped > LINGER_BYTES_MAX) {
            close();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        reading = false;
        HttpExchange current = exchange;
        if (current != null) {
            current.readComplete();
        }
        writes.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        HttpExchange current = exchange;
        if (current != null) {
            current.clientWritabilityChanged();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        state = State.CLOSED;
        deadline.cancel();
        writes.release();
        loop.longAnswers().remove(this);
        HttpExchange current = exchange;
        exchange = null;
        if (current != null) {
            current.clientGone();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("connection of client {} failed", peer.origin().address(), cause);
        } else {
            LOG.error("an error on the connection of client {}", peer.origin().address(), cause);
        }
        ctx.close();
    }

    private void expired(long nowNanos) {
        switch (state) {
            case IDLE, LINGERING, DISCARDING -> close();
            case HEAD -> {
                state = State.EXCHANGE;
                HttpExchange late = HttpExchange.headTimeout(this);
                exchange = late;
                late.begin();
            }
            case EXCHANGE -> {
                HttpExchange current = exchange;
                if (current != null) {
                    current.expired(nowNanos);
                }
            }
            case CLOSED -> {}
        }
    }
}
