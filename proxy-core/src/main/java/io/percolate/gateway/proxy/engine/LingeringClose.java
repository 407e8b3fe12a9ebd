package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection in two steps, first our side, by close_notify too where there is TLS (RFC 8446, section 6.1), and
 * then all of it: what a client still sends into a closed socket makes its kernel drop what it has not read, the reason
 * for the end included.
 */
final class LingeringClose extends ChannelDuplexHandler {
    private boolean wanted;
    private boolean lingering;
    private long dropped;

    /** Lets the next close take its time. */
    void want() {
        wanted = true;
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (lingering || !wanted || !ctx.channel().isActive()) {
            ctx.close(promise);
            return;
        }
        lingering = true;
        ctx.flush();
        TlsEnd.shutdownOutput(ctx.channel());
        if (!ctx.channel().config().isAutoRead()) {
            ctx.channel().config().setAutoRead(true);
        }
        ctx.executor().schedule(() -> ctx.close(), ClientConnection.LINGER.toMillis(), TimeUnit.MILLISECONDS);
        ctx.channel().closeFuture().addListener(closed -> promise.trySuccess());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!lingering) {
            ctx.fireChannelRead(message);
            return;
        }
        dropped += message instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
        ReferenceCountUtil.release(message);
        if (dropped > ClientConnection.LINGER_BYTES_MAX) {
            ctx.close();
        }
    }
}
