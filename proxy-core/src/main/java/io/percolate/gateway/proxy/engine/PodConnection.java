package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.percolate.gateway.proxy.engine.http1.BodyFraming;
import io.percolate.gateway.proxy.engine.http1.ForwardedRequest;
import io.percolate.gateway.proxy.engine.http1.JoinedWrites;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.engine.http1.ResponseDecoder;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTunnel.Side;
import java.io.IOException;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of HTTP/1.1 to a pod: carries one exchange at a time, and is shared through its loop's {@link
 * ConnectionPool}.
 *
 * <p>It becomes free only when a read has ended with nothing beyond the answer, so that bytes a pod sends too many are
 * never taken for the answer to the next request.
 */
final class PodConnection extends ChannelInboundHandlerAdapter implements PodStream {
    private static final Logger LOG = LoggerFactory.getLogger(PodConnection.class);

    private enum State {
        CONNECTING,
        IDLE,
        /** An exchange is on it. */
        BUSY,
        /** The exchange's answer has ended within the read under way; nothing may follow in it. */
        ANSWERED,
        CLOSED
    }

    private final EdgeLoop loop;
    private final ConnectionPool pool;
    private final LoopTimer.Deadline idleDeadline;
    private State state = State.CONNECTING;
    private boolean broken;
    private boolean reusable;
    /** How the body of the request under way is framed. */
    private boolean chunked;

    private int exchanges;
    private @Nullable Channel channel;
    private @Nullable JoinedWrites writes;
    private @Nullable ResponseDecoder decoder;
    private @Nullable PodExchange exchange;

    PodConnection(EdgeLoop loop, ConnectionPool pool) {
        this.loop = loop;
        this.pool = pool;
        this.idleDeadline = new LoopTimer.Deadline(loop.timer()) {
            @Override
            void expired(long nowNanos) {
                if (state == State.IDLE) {
                    close();
                }
            }
        };
    }

    void attach(Channel opened, ResponseDecoder responses) {
        channel = opened;
        writes = new JoinedWrites(opened);
        decoder = responses;
    }

    void opened() {
        becomeIdle();
    }

    boolean isUsable() {
        return state == State.IDLE && channel().isActive();
    }

    /** Whether an exchange was on it before. */
    boolean hasCarried() {
        return exchanges > 0;
    }

    @Override
    public boolean isReused() {
        return exchanges > 1;
    }

    @Override
    public boolean isBroken() {
        return broken;
    }

    @Override
    public boolean isWritable() {
        return channel().isWritable();
    }

    @Override
    public long pendingBytes() {
        return ClientConnection.pendingBytes(channel());
    }

    @Override
    public void begin(PodExchange begun, ForwardedRequest request) {
        state = State.BUSY;
        exchange = begun;
        reusable = false;
        exchanges++;
        RequestHead head = request.head();
        chunked = head.framing() == BodyFraming.CHUNKED;
        Objects.requireNonNull(decoder).expect(head.method().equals(HttpMethod.HEAD));
        writes().head(request.write(loop.headBytes()), head.framing() != BodyFraming.NONE);
    }

    @Override
    public void write(ByteBuf part) {
        if (chunked) {
            writes().chunk(part);
        } else {
            writes().part(part);
        }
    }

    @Override
    public void end(HttpHeaders trailers) {
        if (chunked) {
            writes().lastChunk(trailers, channel().voidPromise());
        }
    }

    @Override
    public void flush() {
        writes().flush();
    }

    @Override
    public void pauseRead() {
        channel().config().setAutoRead(false);
    }

    @Override
    public void resumeRead() {
        if (state != State.CLOSED && !channel().config().isAutoRead()) {
            channel().config().setAutoRead(true);
        }
    }

    /** The connection may serve again if nothing follows the answer. */
    @Override
    public void answered(boolean keepAlive) {
        state = State.ANSWERED;
        reusable = keepAlive;
    }

    @Override
    public ChannelTunnelEnd switchProtocols() {
        exchange = null;
        state = State.CLOSED;
        idleDeadline.cancel();
        pool.closed(this);
        return new ChannelTunnelEnd(channel(), Side.POD, loop.timer());
    }

    @Override
    public void openTunnel(ChannelTunnelEnd end) {
        channel().pipeline().replace(this, null, end);
        channel().pipeline().remove(Objects.requireNonNull(decoder));
        end.resumeRead();
    }

    /** Ends the connection, whatever is on it. */
    @Override
    public void close() {
        exchange = null;
        idleDeadline.cancel();
        writes().release();
        channel().close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        PodExchange current = exchange;
        if (message instanceof ResponseDecoder.Unsolicited) {
            unsolicited();
        } else if (current == null || state != State.BUSY) {
            ReferenceCountUtil.release(message);
        } else if (message instanceof HttpResponse response) {
            current.responseHead(response);
            // A message that could not be decoded carries an empty content of its own.
            ReferenceCountUtil.release(message);
        } else if (message instanceof LastHttpContent last) {
            current.responseContent(last);
        } else if (message instanceof HttpContent content) {
            current.responseContent(content);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        PodExchange current = exchange;
        if (state == State.ANSWERED) {
            exchange = null;
            if (reusable && channel().isActive()) {
                becomeIdle();
                pool.release(this);
            } else {
                close();
            }
        }
        if (current != null) {
            current.flushClient();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        PodExchange current = exchange;
        if (current != null) {
            current.writabilityChanged();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        PodExchange current = exchange;
        State last = state;
        state = State.CLOSED;
        exchange = null;
        idleDeadline.cancel();
        writes().release();
        if (last != State.CONNECTING && last != State.CLOSED) {
            pool.closed(this);
        }
        if (current != null) {
            if (last == State.BUSY) {
                current.closed(this);
            } else {
                current.flushClient();
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        broken = true;
        if (cause instanceof IOException || cause.getCause() instanceof SSLException) {
            // Where writing failed an answer may still be there to read; where reading failed the end follows.
            LOG.debug("connection to pod {} failed", pool.address(), cause);
        } else {
            LOG.error("an error on the connection to pod {}", pool.address(), cause);
            ctx.close();
        }
    }

    private void unsolicited() {
        LOG.debug("pod {} sent bytes that nobody asked for", pool.address());
        reusable = false;
        if (state == State.IDLE) {
            channel().close();
        }
    }

    private void becomeIdle() {
        state = State.IDLE;
        idleDeadline.set(System.nanoTime() + loop.upstream().poolIdleTimeout().toNanos());
        if (!channel().config().isAutoRead()) {
            channel().config().setAutoRead(true);
        }
    }

    private JoinedWrites writes() {
        return Objects.requireNonNull(writes);
    }

    private Channel channel() {
        return Objects.requireNonNull(channel);
    }
}
