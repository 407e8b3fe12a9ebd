package io.percolate.gateway.bench.abuse;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Clients that commit one offence on each of so many connections, and open others in place of those that are closed.
 *
 * <p>All state belongs to the event loop.
 */
final class Offenders implements AutoCloseable {
    private static final long TICK_MILLIS = 10;
    private static final long TICKS_PER_SECOND = 1_000 / TICK_MILLIS;
    private static final int SIP_BYTES = 64;
    private static final int RECEIVE_BYTES = 4 << 10;
    private static final int FRAME_BYTES_MAX = 1 << 24;
    private static final int END_SECONDS_MAX = 30;

    private final EventLoop loop;
    private final AbuseKind kind;
    private final Offence offence;
    private final int connections;
    private final int opensPerSecond;
    private final Bootstrap clients;
    private final Set<Channel> live = new LinkedHashSet<>();
    private @Nullable Future<?> ticks;
    private double mayOpen;
    private int opened;
    private int refused;
    private int closed;
    private int resets;
    private boolean over;

    Offenders(
            EventLoop loop,
            AbuseKind kind,
            InetSocketAddress edge,
            int connections,
            int opensPerSecond,
            Offence offence) {
        this.loop = loop;
        this.kind = kind;
        this.offence = offence;
        this.connections = connections;
        this.opensPerSecond = opensPerSecond;
        this.clients = new Bootstrap()
                .group(loop)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .remoteAddress(edge)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        if (kind.isFrames()) {
                            // Nothing is taken off; a frame's length stands before 6 other bytes of its head.
                            channel.pipeline().addLast(new LengthFieldBasedFrameDecoder(FRAME_BYTES_MAX, 0, 3, 6, 0));
                        }
                        channel.pipeline().addLast(new Offender());
                    }
                });
        if (!offence.reading()) {
            clients.option(ChannelOption.AUTO_READ, false)
                    .option(ChannelOption.SO_RCVBUF, RECEIVE_BYTES)
                    .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(SIP_BYTES));
        }
    }

    /**
     * What became of the offenders so far.
     *
     * @param live at the moment
     * @param closed by the gateway after they had been accepted
     * @param refused connections that could not be made
     * @param resets streams that the gateway ended
     */
    record Count(AbuseKind kind, int opened, int live, int closed, int refused, int resets) {}

    void begin() {
        ticks = loop.scheduleAtFixedRate(this::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    Count count() {
        return CompletableFuture.supplyAsync(() -> new Count(kind, opened, live.size(), closed, refused, resets), loop)
                .join();
    }

    private void tick() {
        double perTick = opensPerSecond / (double) TICKS_PER_SECOND;
        mayOpen = Math.min(mayOpen + perTick, Math.max(1, perTick));
        while (mayOpen >= 1 && live.size() < connections && !over) {
            mayOpen--;
            Channel channel = clients.connect()
                    .addListener(connected -> {
                        if (!connected.isSuccess()) {
                            refused++;
                        }
                    })
                    .channel();
            live.add(channel);
            channel.closeFuture().addListener(gone -> live.remove(channel));
        }
    }

    /** Leaves, all at once. */
    @Override
    public void close() {
        CompletableFuture<Void> gone = new CompletableFuture<>();
        loop.execute(() -> {
            over = true;
            if (ticks != null) {
                ticks.cancel(false);
            }
            Set.copyOf(live).forEach(Channel::close);
            loop.execute(() -> gone.complete(null));
        });
        gone.orTimeout(END_SECONDS_MAX, TimeUnit.SECONDS).join();
    }

    private final class Offender extends SimpleChannelInboundHandler<ByteBuf> {
        private int next;
        private @Nullable Future<?> parts;

        @Override
        public void channelActive(ChannelHandlerContext context) {
            opened++;
            send(context);
            long interval = offence.interval().toMillis();
            parts = loop.scheduleAtFixedRate(() -> send(context), interval, interval, TimeUnit.MILLISECONDS);
        }

        private void send(ChannelHandlerContext context) {
            if (!offence.reading() && next > 0) {
                context.read();
            }
            // What the gateway does not take is not piled up here.
            if (context.channel().isWritable()) {
                byte[] part = offence.part(next++);
                if (part.length > 0) {
                    context.writeAndFlush(Unpooled.wrappedBuffer(part), context.voidPromise());
                }
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
            if (kind.isFrames() && message.getUnsignedByte(3) == Frames.RST_STREAM) {
                resets++;
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (parts != null) {
                parts.cancel(false);
            }
            closed += over ? 0 : 1;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
