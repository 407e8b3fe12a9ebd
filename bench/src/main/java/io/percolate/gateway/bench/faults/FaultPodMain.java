package io.percolate.gateway.bench.faults;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import io.percolate.gateway.routing.process.ParentWatch;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * Stand-ins of tier pods in one process, whose faults are set over a port of their own: {@code GET /RESET} there makes them
 * all reset their answers. They say of every tenant that it is hot under the epoch that they were told last.
 */
public final class FaultPodMain {
    private static final int BODY_BYTES_MAX = 64 << 10;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ChannelGroup clients = new DefaultChannelGroup("clients", GlobalEventExecutor.INSTANCE);
    private final List<Channel> listeners = new ArrayList<>();
    private final List<Integer> ports;
    private final int delayMillis;
    private volatile PodFault fault;

    private FaultPodMain(List<Integer> ports, int delayMillis, PodFault fault) {
        this.fault = fault;
        this.ports = ports;
        this.delayMillis = delayMillis;
    }

    /** Arguments: the control port, milliseconds that an answer takes, the first fault, the ports of the pods; at loopback. */
    public static void main(String[] args) throws InterruptedException {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.WARN));
        FaultPodMain pods = new FaultPodMain(
                Arrays.stream(args).skip(3).map(Integer::valueOf).toList(),
                Integer.parseInt(args[1]),
                PodFault.valueOf(args[2]));
        pods.become(pods.fault);
        Channel control = pods.listen(Integer.parseInt(args[0]), () -> pods.new Control());
        ParentWatch.start(control::close);
        control.closeFuture().sync();
        System.exit(0);
    }

    private void open() throws InterruptedException {
        FaultPodTraffic.Epochs epochs = new FaultPodTraffic.Epochs();
        for (int port : ports) {
            listeners.add(listen(port, () -> new FaultPodTraffic(() -> fault, delayMillis, epochs)));
        }
    }

    private Channel listen(int port, Supplier<SimpleChannelInboundHandler<FullHttpRequest>> handler)
            throws InterruptedException {
        return new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 4_096)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        SimpleChannelInboundHandler<FullHttpRequest> answers = handler.get();
                        if (answers instanceof FaultPodTraffic) {
                            clients.add(channel);
                        }
                        channel.pipeline()
                                .addLast(new HttpServerCodec(), new HttpObjectAggregator(BODY_BYTES_MAX), answers);
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .sync()
                .channel();
    }

    /** By one thread that is no event loop. */
    private synchronized void become(PodFault next) {
        try {
            if (next == PodFault.REFUSING) {
                for (Channel listener : listeners) {
                    listener.close().sync();
                }
                listeners.clear();
                clients.close().sync();
            } else if (listeners.isEmpty()) {
                open();
            }
            fault = next;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Control extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            PodFault next = PodFault.valueOf(request.uri().substring(1));
            Thread.ofVirtual().start(() -> {
                become(next);
                context.writeAndFlush(FaultPodTraffic.answer(200, next.name()));
            });
        }
    }
}
