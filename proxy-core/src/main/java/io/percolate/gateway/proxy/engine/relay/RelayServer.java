package io.percolate.gateway.proxy.engine.relay;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.percolate.gateway.proxy.engine.Transport;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Mono;

/** A listener whose requests go through a gate to servers on this machine. */
public final class RelayServer {
    static final int LINE_BYTES_MAX = 16 * 1024;
    static final int HEADER_BYTES_MAX = 64 * 1024;
    static final int CHUNK_BYTES_MAX = 64 * 1024;
    private static final int BACKLOG = 1024;
    private static final Duration CLOSE_MAX = Duration.ofSeconds(2);

    private final EventLoopGroup loops;
    private final Channel listener;
    private final ChannelGroup clients;

    private RelayServer(EventLoopGroup loops, Channel listener, ChannelGroup clients) {
        this.loops = loops;
        this.listener = listener;
        this.clients = clients;
    }

    /** Listens. Errors when the address cannot be bound. */
    public static Mono<RelayServer> start(RelayConfig config, RelayGate gate) {
        return Mono.defer(() -> {
            Transport transport = Transport.best();
            EventLoopGroup loops = transport.eventLoops(config.eventLoops());
            ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
            Map<EventExecutor, ServerConnections> servers = new HashMap<>();
            loops.forEach(loop -> servers.put(loop, new ServerConnections(config, transport, (EventLoop) loop)));
            ChannelFuture bound = new ServerBootstrap()
                    .group(loops)
                    .channel(transport.server())
                    .option(ChannelOption.SO_BACKLOG, BACKLOG)
                    .option(ChannelOption.SO_REUSEADDR, true)
                    .childOption(ChannelOption.AUTO_READ, false)
                    .childOption(ChannelOption.TCP_NODELAY, true)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            clients.add(channel);
                            channel.pipeline()
                                    .addLast(new HttpServerCodec(LINE_BYTES_MAX, HEADER_BYTES_MAX, CHUNK_BYTES_MAX))
                                    .addLast(new FlowControlHandler())
                                    .addLast(new ClientSide(
                                            config, gate, Objects.requireNonNull(servers.get(channel.eventLoop()))));
                        }
                    })
                    .bind(config.host(), config.port());
            return completed(bound)
                    .then(Mono.fromSupplier(() -> new RelayServer(loops, bound.channel(), clients)))
                    .onErrorResume(
                            error -> completed(loops.shutdownGracefully(0, CLOSE_MAX.toMillis(), TimeUnit.MILLISECONDS))
                                    .then(Mono.error(error)));
        });
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** Takes no connections from now on, lets requests end for as long as this, and closes all. Never errors. */
    public Mono<Void> close(Duration drainMax) {
        return Mono.defer(() -> completed(listener.close()))
                .then(Mono.fromRunnable(() -> clients.forEach(RelayServer::leave)))
                .then(Mono.defer(() -> completed(clients.newCloseFuture()).timeout(drainMax, Mono.empty())))
                .then(Mono.defer(() -> completed(clients.close())))
                .onErrorComplete()
                .then(Mono.defer(
                        () -> completed(loops.shutdownGracefully(0, CLOSE_MAX.toMillis(), TimeUnit.MILLISECONDS))))
                .onErrorComplete();
    }

    private static void leave(Channel channel) {
        channel.eventLoop().execute(() -> {
            ClientSide client = channel.pipeline().get(ClientSide.class);
            if (client != null) {
                client.leave();
            }
        });
    }

    private static Mono<Void> completed(Future<?> future) {
        return Mono.create(sink -> future.addListener(done -> {
            if (done.isSuccess()) {
                sink.success();
            } else {
                sink.error(done.cause());
            }
        }));
    }
}
