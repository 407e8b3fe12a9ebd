package io.percolate.gateway.bench.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Requests at a fixed rate, whatever becomes of them: each is due at its time, and its latency counts from then.
 *
 * <p>So a proxy that stalls is charged for all the requests that it kept from being sent, not only for those under way
 * (coordinated omission; Tene, "How NOT to measure latency"). A request that is due while all connections are taken
 * waits for one. All state belongs to the event loop.
 */
final class OpenLoop {
    private static final long BEFORE_FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int SLACK_SECONDS = 10;

    private final EventLoop loop;
    private final List<ByteBuf> requests;
    private final int connections;
    private final long intervalNanos;
    private final long[] latencies;
    private final ArrayDeque<Channel> free = new ArrayDeque<>();
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    private long startNanos;
    private int sent;
    private int answered;
    private long errors;
    private long bytes;
    private boolean ticking;

    /** @param requests whole requests, sent in turn; borrowed */
    OpenLoop(EventLoop loop, List<ByteBuf> requests, int connections, int perSecond, int seconds) {
        this.loop = loop;
        this.requests = requests;
        this.connections = connections;
        this.intervalNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
        this.latencies = new long[perSecond * seconds];
    }

    /** Blocks until every request is answered, or was not within some seconds after the last one. */
    Figures run(int port) throws InterruptedException, ExecutionException {
        List<Channel> open = new ArrayList<>();
        try {
            for (int i = 0; i < connections; i++) {
                open.add(connect(port));
            }
            loop.execute(() -> {
                free.addAll(open);
                startNanos = System.nanoTime() + BEFORE_FIRST_NANOS;
                tick();
            });
            long nanos = BEFORE_FIRST_NANOS + latencies.length * intervalNanos;
            try {
                over.get(nanos + TimeUnit.SECONDS.toNanos(SLACK_SECONDS), TimeUnit.NANOSECONDS);
            } catch (TimeoutException late) {
                errors += loop.submit(this::giveUp).get();
            }
            return loop.submit(this::figures).get();
        } finally {
            for (Channel channel : open) {
                channel.close().await();
            }
        }
    }

    private Channel connect(int port) throws InterruptedException {
        return new Bootstrap()
                .group(loop)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(new HttpResponseDecoder(), new Answers());
                    }
                })
                .connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .sync()
                .channel();
    }

    private long dueNanos(int request) {
        return startNanos + request * intervalNanos;
    }

    /** Sends what is due. */
    private void tick() {
        ticking = false;
        long now = System.nanoTime();
        while (sent < latencies.length && dueNanos(sent) - now <= 0) {
            Channel channel = free.poll();
            if (channel == null) {
                return;
            }
            channel.pipeline().get(Answers.class).request = sent;
            channel.writeAndFlush(requests.get(sent % requests.size()).retainedDuplicate(), channel.voidPromise());
            sent++;
        }
        if (sent < latencies.length) {
            ticking = true;
            loop.schedule(this::tick, dueNanos(sent) - now, TimeUnit.NANOSECONDS);
        }
    }

    private void answered(Channel channel, int request, boolean right) {
        latencies[request] = System.nanoTime() - dueNanos(request);
        answered++;
        errors += right ? 0 : 1;
        if (channel.isActive()) {
            free.add(channel);
        }
        if (answered == latencies.length) {
            over.complete(null);
        } else if (!ticking) {
            tick();
        }
    }

    /** Counts what was not answered as errors that took until now. */
    private long giveUp() {
        long missing = latencies.length - (long) answered;
        long now = System.nanoTime();
        for (int i = 0; i < latencies.length; i++) {
            if (latencies[i] == 0) {
                latencies[i] = now - dueNanos(i);
            }
        }
        return missing;
    }

    private Figures figures() {
        long[] sorted = latencies.clone();
        Arrays.sort(sorted);
        return new Figures(
                latencies.length,
                latencies.length * intervalNanos / 1e9,
                quantile(sorted, 0.5) / 1e3,
                quantile(sorted, 0.9) / 1e3,
                quantile(sorted, 0.99) / 1e3,
                errors,
                bytes);
    }

    static long quantile(long[] sorted, double quantile) {
        return sorted[(int) Math.min(sorted.length - 1L, (long) (quantile * sorted.length))];
    }

    /** A whole GET request. */
    static ByteBuf request(String target, String token) {
        String head = "GET " + target + " HTTP/1.1\r\nHost: load.test\r\nAuthorization: Bearer " + token + "\r\n\r\n";
        return Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(head.getBytes(StandardCharsets.US_ASCII)));
    }

    private final class Answers extends SimpleChannelInboundHandler<HttpObject> {
        private static final int NONE = -1;
        private int request = NONE;
        private @Nullable HttpResponse head;

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
            if (part instanceof HttpResponse response) {
                head = response;
            }
            if (part instanceof io.netty.handler.codec.http.HttpContent content) {
                bytes += content.content().readableBytes();
            }
            if (part instanceof LastHttpContent && request != NONE) {
                end(context, head != null && head.status().code() == 200);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (request != NONE) {
                end(context, false);
            } else {
                free.remove(context.channel());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }

        private void end(ChannelHandlerContext context, boolean right) {
            int ended = request;
            request = NONE;
            answered(context.channel(), ended, right);
        }
    }
}
