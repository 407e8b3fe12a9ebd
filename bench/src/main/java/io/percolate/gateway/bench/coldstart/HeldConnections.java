package io.percolate.gateway.bench.coldstart;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Requests that wait for their answer, each on a connection of its own. */
final class HeldConnections implements HeldRequests {
    private static final int BATCH = 200;

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<Channel> open = new ArrayList<>();
    private final AtomicInteger refused = new AtomicInteger();

    @Override
    public void open(InetSocketAddress gateway, int count) {
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(new Answers());
                    }
                });
        for (int from = 0; from < count; from += BATCH) {
            List<ChannelFuture> batch = new ArrayList<>();
            for (int i = from; i < Math.min(count, from + BATCH); i++) {
                batch.add(bootstrap.connect(gateway));
            }
            batch.forEach(each -> open.add(each.syncUninterruptibly().channel()));
        }
    }

    @Override
    public void send(List<String> tokens) {
        for (int i = 0; i < open.size(); i++) {
            String request = "POST /echo HTTP/1.1\r\nHost: held.example\r\nAuthorization: Bearer "
                    + tokens.get(i % tokens.size()) + "\r\nContent-Length: 4\r\n\r\nheld";
            ByteBuf bytes = Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII);
            open.get(i).writeAndFlush(bytes);
        }
    }

    @Override
    public int refused() {
        return refused.get();
    }

    private final class Answers extends SimpleChannelInboundHandler<ByteBuf> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
            String begin = bytes.toString(0, Math.min(bytes.readableBytes(), 64), StandardCharsets.US_ASCII);
            if (begin.startsWith("HTTP/1.1 503")) {
                refused.incrementAndGet();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }

    @Override
    public void close() {
        open.forEach(Channel::close);
        loop.shutdownGracefully().syncUninterruptibly();
    }
}
