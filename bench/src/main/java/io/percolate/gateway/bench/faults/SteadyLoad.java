package io.percolate.gateway.bench.faults;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Requests of several tenants at fixed rates, whatever becomes of them: each is due at its time, and its latency counts
 * from then. A tenant's requests use connections of its own, so that those of one that get stuck keep no other's from being
 * sent. All state belongs to one event loop until it is over.
 */
final class SteadyLoad implements AutoCloseable {
    private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int CONNECTIONS_MAX = 512;
    private static final int END_SECONDS = 5;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int CALM_LOOKS = 30;
    private static final long SETTLE_NANOS_MAX = TimeUnit.SECONDS.toNanos(20);

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<Sample> samples = new ArrayList<>();
    private final List<Source> sources;
    private final Bootstrap connector;
    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicLong underWay = new AtomicLong();
    private volatile boolean ending;

    /** One request; whose it is says the source's place in the list. */
    static final class Sample {
        private static final int UNANSWERED = 0;

        final int source;
        final long dueNanos;
        volatile int status = UNANSWERED;
        volatile long tookNanos;

        Sample(int source, long dueNanos) {
            this.source = source;
            this.dueNanos = dueNanos;
        }
    }

    /** One tenant's requests. */
    static final class Source {
        private final int index;
        private final byte[] request;
        private volatile double perSecond;
        private final ArrayDeque<Channel> free = new ArrayDeque<>();
        private int connections;
        private double owed;

        Source(int index, String token, double perSecond) {
            this.index = index;
            this.perSecond = perSecond;
            this.request = ("GET /data HTTP/1.1\r\nHost: bench.test\r\nAuthorization: Bearer " + token + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            // Not all at once.
            this.owed = (index * 0.37) % 1;
        }

        void rate(double next) {
            perSecond = next;
        }
    }

    SteadyLoad(InetSocketAddress edge, List<Source> sources) {
        this.sources = List.copyOf(sources);
        this.connector = new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .remoteAddress(edge)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(new HttpResponseDecoder(), new Answers());
                    }
                });
    }

    SteadyLoad start() {
        long now = System.nanoTime();
        group.next().execute(() -> step(now));
        return this;
    }

    /** Sends what has become due since. */
    private void step(long sinceNanos) {
        long now = System.nanoTime();
        if (ending) {
            endIfDone();
            return;
        }
        for (Source source : sources) {
            source.owed += source.perSecond * (now - sinceNanos) / TimeUnit.SECONDS.toNanos(1);
            while (source.owed >= 1) {
                source.owed--;
                send(source, now);
            }
        }
        group.next().schedule(() -> step(now), STEP_NANOS, TimeUnit.NANOSECONDS);
    }

    private void send(Source source, long dueNanos) {
        Sample sample = new Sample(source.index, dueNanos);
        samples.add(sample);
        Channel channel = source.free.pollLast();
        if (channel != null) {
            send(channel, source, sample);
        } else if (source.connections < CONNECTIONS_MAX) {
            source.connections++;
            ChannelFuture opening = connector.connect();
            underWay.incrementAndGet();
            opening.addListener(opened -> {
                underWay.decrementAndGet();
                if (opened.isSuccess()) {
                    opening.channel().closeFuture().addListener(closed -> source.connections--);
                    send(opening.channel(), source, sample);
                } else {
                    source.connections--;
                    sample.tookNanos = System.nanoTime() - sample.dueNanos;
                }
            });
        }
    }

    private void send(Channel channel, Source source, Sample sample) {
        Answers answers = channel.pipeline().get(Answers.class);
        if (answers == null || !channel.isActive()) {
            sample.tookNanos = System.nanoTime() - sample.dueNanos;
            return;
        }
        underWay.incrementAndGet();
        answers.begin(source, sample);
        ByteBuf bytes = Unpooled.wrappedBuffer(source.request);
        channel.writeAndFlush(bytes, channel.voidPromise());
    }

    private void endIfDone() {
        if (ending && underWay.get() == 0) {
            over.countDown();
        }
    }

    /**
     * Blocks until requests have been answered about as fast as they come for a while, or too much time has passed: new
     * processes are slow, and what has piled up by then is no part of what is measured.
     */
    void awaitSettled() {
        long until = System.nanoTime() + SETTLE_NANOS_MAX;
        int calm = 0;
        while (calm < CALM_LOOKS && System.nanoTime() - until < 0) {
            LockSupport.parkNanos(LOOK_NANOS);
            double inTwentyMillis =
                    sources.stream().mapToDouble(source -> source.perSecond).sum() / 20;
            calm = underWay.get() <= Math.max(8, inTwentyMillis) ? calm + 1 : 0;
        }
    }

    /** Sends no more; blocks until all is answered, or too much time has passed. */
    List<Sample> end() {
        ending = true;
        group.next().execute(this::endIfDone);
        try {
            if (!over.await(END_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("requests without an answer at the end: " + underWay);
            }
            return group.next().submit(() -> List.copyOf(samples)).sync().getNow();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private final class Answers extends SimpleChannelInboundHandler<HttpObject> {
        private @Nullable Source source;
        private @Nullable Sample sample;
        private int status;
        private boolean kept;

        private void begin(Source from, Sample sent) {
            source = from;
            sample = sent;
            status = Sample.UNANSWERED;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
            if (part instanceof HttpResponse head) {
                status = head.status().code();
                kept = !"close".equalsIgnoreCase(head.headers().get("Connection"));
            }
            if (part instanceof LastHttpContent last && last.decoderResult().isSuccess()) {
                Source of = source;
                end(status);
                if (kept && of != null) {
                    of.free.addLast(context.channel());
                } else {
                    context.close();
                }
            }
        }

        private void end(int with) {
            Sample ended = sample;
            if (ended != null) {
                sample = null;
                ended.tookNanos = System.nanoTime() - ended.dueNanos;
                ended.status = with;
                underWay.decrementAndGet();
                endIfDone();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            Source of = source;
            if (of != null) {
                of.free.remove(context.channel());
            }
            end(Sample.UNANSWERED);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
