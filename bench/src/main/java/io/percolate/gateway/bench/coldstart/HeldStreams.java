package io.percolate.gateway.bench.coldstart;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Requests that wait for their answer as streams of HTTP/2, many on each connection. */
final class HeldStreams implements HeldRequests {
    private static final byte[] BODY = "held".getBytes(StandardCharsets.US_ASCII);
    private static final int CONNECT_SECONDS_MAX = 30;

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<Channel> open = new ArrayList<>();
    private final AtomicInteger refused = new AtomicInteger();
    private final Queue<String> lost = new ConcurrentLinkedQueue<>();
    private final int streams;
    private int count;

    /** @param streams on each connection; as many as the gateway allows, at most */
    HeldStreams(int streams) {
        this.streams = streams;
    }

    @Override
    public void open(InetSocketAddress gateway, int requests) {
        count = requests;
        int connections = (requests + streams - 1) / streams;
        CountDownLatch settled = new CountDownLatch(connections);
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(
                                        // Closed is closed: the requests are not waited for.
                                        Http2FrameCodecBuilder.forClient()
                                                .gracefulShutdownTimeoutMillis(0)
                                                .build(),
                                        new Http2MultiplexHandler(new Unasked()),
                                        new Settled(settled));
                    }
                });
        List<ChannelFuture> connecting = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            connecting.add(bootstrap.connect(gateway));
        }
        connecting.forEach(each -> open.add(each.syncUninterruptibly().channel()));
        try {
            if (!settled.await(CONNECT_SECONDS_MAX, TimeUnit.SECONDS)) {
                throw new IllegalStateException(settled.getCount() + " connections did not begin with SETTINGS");
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ended);
        }
    }

    @Override
    public void send(List<String> tokens) {
        for (int i = 0; i < count; i++) {
            Channel channel = open.get(i % open.size());
            Http2Headers head = new DefaultHttp2Headers()
                    .method("POST")
                    .scheme("http")
                    .authority("held.example")
                    .path("/echo")
                    .set("content-length", Integer.toString(BODY.length))
                    .set("authorization", "Bearer " + tokens.get(i % tokens.size()));
            new Http2StreamChannelBootstrap(channel)
                    .handler(new Answer())
                    .open()
                    .addListener((Future<Http2StreamChannel> opened) -> {
                        if (opened.isSuccess()) {
                            send(opened.getNow(), head);
                        } else {
                            lost.add(String.valueOf(opened.cause()));
                        }
                    });
        }
    }

    private void send(Http2StreamChannel stream, Http2Headers head) {
        stream.write(new DefaultHttp2HeadersFrame(head));
        stream.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(BODY), true))
                .addListener(sent -> {
                    if (!sent.isSuccess()) {
                        lost.add(String.valueOf(sent.cause()));
                    }
                });
    }

    @Override
    public int refused() {
        if (!lost.isEmpty()) {
            throw new IllegalStateException(lost.size() + " requests were not sent or lost: " + lost.peek());
        }
        return refused.get();
    }

    /** The connection: ready once the gateway has said what it allows. */
    private static final class Settled extends SimpleChannelInboundHandler<Http2SettingsFrame> {
        private final CountDownLatch settled;

        Settled(CountDownLatch settled) {
            this.settled = settled;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, Http2SettingsFrame frame) {
            settled.countDown();
        }
    }

    /** Streams that the gateway opens, of which there are none. */
    @Sharable
    private static final class Unasked extends ChannelInboundHandlerAdapter {}

    private final class Answer extends SimpleChannelInboundHandler<Http2StreamFrame> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, Http2StreamFrame frame) {
            if (frame instanceof Http2HeadersFrame answer
                    && "503".contentEquals(String.valueOf(answer.headers().status()))) {
                refused.incrementAndGet();
            } else if (frame instanceof Http2ResetFrame reset) {
                lost.add("reset with " + reset.errorCode());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            lost.add(cause.toString());
            context.close();
        }
    }

    @Override
    public void close() {
        List<ChannelFuture> closing = open.stream().map(Channel::close).toList();
        closing.forEach(ChannelFuture::awaitUninterruptibly);
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
