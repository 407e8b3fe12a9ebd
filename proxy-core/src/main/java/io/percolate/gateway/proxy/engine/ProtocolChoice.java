package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the first bytes of a connection: who begins with the preface of HTTP/2 speaks it (RFC 9113, section 3.3),
 * all others HTTP/1.1. It is gone from the pipeline when that is known, which it is by the first read of nearly all.
 */
final class ProtocolChoice extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ProtocolChoice.class);
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final EdgeLoop loop;
    private final boolean shed;
    private final LoopTimer.Deadline deadline;
    /** The beginning of what may become the preface. */
    private @Nullable ByteBuf early;

    ProtocolChoice(EdgeLoop loop, Channel channel, boolean shed) {
        this.loop = loop;
        this.shed = shed;
        this.deadline = new LoopTimer.Deadline(loop.timer()) {
            @Override
            void expired(long nowNanos) {
                channel.close();
            }
        };
        deadline.set(System.nanoTime()
                + (shed ? ClientConnection.LINGER : loop.edge().idleTimeout()).toNanos());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        ByteBuf before = early;
        if (before != null) {
            early = null;
            before.writeBytes(bytes);
            bytes.release();
            bytes = before;
        }
        int same = 0;
        int length = Math.min(bytes.readableBytes(), PREFACE.length);
        while (same < length && bytes.getByte(bytes.readerIndex() + same) == PREFACE[same]) {
            same++;
        }
        if (same == length && length < PREFACE.length) {
            keep(ctx, bytes, before == null);
            return;
        }
        if (same == PREFACE.length) {
            ClientProtocols.installHttp2(ctx.channel(), loop, shed);
        } else {
            ClientProtocols.installHttp1(ctx.channel(), loop, shed);
        }
        ctx.fireChannelRead(bytes);
        ctx.pipeline().remove(this);
    }

    private void keep(ChannelHandlerContext ctx, ByteBuf bytes, boolean first) {
        early = ctx.alloc().buffer(PREFACE.length).writeBytes(bytes);
        bytes.release();
        if (first) {
            deadline.set(System.nanoTime() + loop.edge().headerTimeout().toNanos());
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        deadline.cancel();
        ByteBuf unread = early;
        early = null;
        if (unread != null) {
            unread.release();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("a client's connection failed before its first request", cause);
        } else {
            LOG.error("an error on a client's connection before its first request", cause);
        }
        ctx.close();
    }
}
