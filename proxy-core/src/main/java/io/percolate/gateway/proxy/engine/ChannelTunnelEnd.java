package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.percolate.gateway.proxy.engine.websocket.TunnelEnd;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTunnel;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTunnel.Side;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a tunnel that is a connection of HTTP/1.1 whose protocol was switched: takes the place of what read HTTP in
 * its pipeline, until it is closed.
 */
final class ChannelTunnelEnd extends ChannelInboundHandlerAdapter implements TunnelEnd {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelTunnelEnd.class);

    /** For the peer to take the rest and to close, once our side is shut. */
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** What it may still send meanwhile. */
    private static final long LINGER_BYTES_MAX = 1 << 20;

    private final Channel channel;
    private final Side side;
    private final LoopTimer.Deadline lingering;
    private @Nullable WebSocketTunnel tunnel;
    private boolean ended;
    private long dropped;

    ChannelTunnelEnd(Channel channel, Side side, LoopTimer timer) {
        this.channel = channel;
        this.side = side;
        this.lingering = new LoopTimer.Deadline(timer) {
            @Override
            void expired(long nowNanos) {
                channel.close();
            }
        };
    }

    /** Before the first byte can come. */
    void leadsTo(WebSocketTunnel through) {
        tunnel = through;
    }

    @Override
    public void write(ByteBuf bytes) {
        channel.write(bytes, channel.voidPromise());
    }

    @Override
    public void flush() {
        channel.flush();
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public long pendingBytes() {
        return ClientConnection.pendingBytes(channel);
    }

    @Override
    public void pauseRead() {
        channel.config().setAutoRead(false);
    }

    @Override
    public void resumeRead() {
        if (channel.isOpen() && !channel.config().isAutoRead()) {
            channel.config().setAutoRead(true);
        }
    }

    @Override
    public void end() {
        ended = true;
        if (!channel.isActive()) {
            return;
        }
        lingering.set(System.nanoTime() + LINGER_NANOS);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> shut());
        resumeRead();
    }

    /** The client closes last, so that nothing it sends can destroy what it has yet to read. */
    private void shut() {
        boolean halfCloses = side == Side.CLIENT && channel.pipeline().get(SslHandler.class) == null;
        if (halfCloses && channel instanceof DuplexChannel duplex) {
            duplex.shutdownOutput();
        } else {
            channel.close();
        }
    }

    @Override
    public void abort() {
        ended = true;
        channel.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        WebSocketTunnel through = tunnel;
        if (!ended && through != null && message instanceof ByteBuf bytes) {
            through.received(side, bytes);
            return;
        }
        if (message instanceof ByteBuf unwanted) {
            dropped += unwanted.readableBytes();
        }
        ReferenceCountUtil.release(message);
        if (dropped > LINGER_BYTES_MAX) {
            channel.close();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        WebSocketTunnel through = tunnel;
        if (!ended && through != null) {
            through.readComplete(side);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        WebSocketTunnel through = tunnel;
        if (!ended && through != null) {
            through.writabilityChanged(side);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        lingering.cancel();
        WebSocketTunnel through = tunnel;
        if (!ended && through != null) {
            ended = true;
            through.ended(side);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("the {}'s connection of a WebSocket failed", side, cause);
        } else {
            LOG.error("an error on the {}'s connection of a WebSocket", side, cause);
        }
        ctx.close();
    }
}
