package io.percolate.gateway.proxy.engine.relay;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/** The end of a connection to a server: hands what comes to the exchange that has the connection now. */
final class ServerSide extends ChannelInboundHandlerAdapter {
    private @Nullable RelayExchange exchange;

    void serve(@Nullable RelayExchange next) {
        exchange = next;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        RelayExchange serving = exchange;
        if (serving == null) {
            // Nobody asked for this.
            ReferenceCountUtil.release(message);
            ctx.close();
            return;
        }
        if (message instanceof HttpResponse head) {
            serving.answerHead(head);
        }
        if (message instanceof HttpContent content) {
            serving.answerContent(content);
        } else if (!(message instanceof HttpResponse)) {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (exchange != null) {
            exchange.answerRead();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (exchange != null) {
            exchange.serverWritable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (exchange != null) {
            exchange.serverGone();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable error) {
        ctx.close();
    }
}
