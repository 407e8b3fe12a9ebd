package io.percolate.gateway.proxy.engine;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.percolate.gateway.context.cache.ContextCache;
import io.percolate.gateway.proxy.cold.ColdConfig;
import io.percolate.gateway.proxy.cold.ColdStart;
import io.percolate.gateway.proxy.engine.websocket.WebSocketConfig;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTotals;
import io.percolate.gateway.proxy.path.Admission;
import io.percolate.gateway.proxy.path.RequestPath;
import io.percolate.gateway.proxy.record.RequestObserver;
import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.token.TokenVerifier;
import io.percolate.gateway.warmup.wake.Wake;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The edge on Netty: each event loop accepts connections of its own (where the kernel can spread them), and everything
 * that a connection needs lives on its loop.
 */
public final class EdgeServer implements Edge {
    private static final Logger LOG = LoggerFactory.getLogger(EdgeServer.class);

    private static final Duration DRAIN_LOOK = Duration.ofMillis(50);
    /** In a drain, how often in a row nothing must be under way for it to be over. */
    private static final int DRAIN_QUIET_LOOKS = 5;

    private static final Duration SHUTDOWN_BOUND = Duration.ofSeconds(2);

    private final Transport transport;
    private final EventLoopGroup group;
    private final List<EdgeLoop> loops = new ArrayList<>();
    private final List<Channel> listeners = new ArrayList<>();
    private final ChannelGroup clients = new DefaultChannelGroup("clients", GlobalEventExecutor.INSTANCE);
    private final AddressResolverGroup<InetSocketAddress> resolvers;
    private final Load load;
    private final WebSocketTotals webSockets;
    private final int webSocketDrainPercent;
    private final Mono<Void> closed;

    private EdgeServer(
            Transport transport,
            EventLoopGroup group,
            AddressResolverGroup<InetSocketAddress> resolvers,
            Load load,
            WebSocketConfig webSocket) {
        this.transport = transport;
        this.group = group;
        this.resolvers = resolvers;
        this.load = load;
        this.webSockets = new WebSocketTotals(webSocket.connectionsMax(), webSocket.tenantMax());
        this.webSocketDrainPercent = webSocket.drainPercent();
        this.closed = Mono.defer(this::close).cache();
    }

    /**
     * Binds and serves. Blocks until it listens, so it is for mains and tests.
     *
     * @throws UncheckedIOException when the address is taken; nothing is left behind then, nor after any other error
     */
    public static EdgeServer start(
            EdgeConfig edge,
            UpstreamConfig upstream,
            ColdConfig cold,
            TokenVerifier tokens,
            RouteDirectory routes,
            ContextCache contexts,
            Wake wake,
            RequestObserver observer) {
        RequestPath path = new RequestPath(
                tokens,
                new Admission(edge.bodyBytesMax(), edge.requestsMax()),
                routes,
                new ColdStart(cold, contexts, wake),
                observer);
        Transport transport = Transport.best();
        EventLoopGroup group = transport.eventLoops(edge.eventLoopsOrCores());
        AddressResolverGroup<InetSocketAddress> resolvers =
                new DnsAddressResolverGroup(transport.datagram(), DnsServerAddressStreamProviders.platformDefault());
        EdgeServer server = new EdgeServer(
                transport,
                group,
                resolvers,
                new Load(edge.connectionsMax(), edge.connectionsPerAddressMax(), edge.trustedProxies()),
                edge.webSocket());
        try {
            server.open(edge, upstream, path);
        } catch (Throwable notOpened) {
            server.closeAfter(notOpened);
            // Netty throws the checked exceptions of a bind without declaring them.
            if (notOpened instanceof IOException notBound) {
                throw new UncheckedIOException(
                        "the edge cannot listen on " + edge.host() + ":" + edge.port() + ": " + notBound.getMessage(),
                        notBound);
            }
            throw notOpened;
        }
        return server;
    }

    private void open(EdgeConfig edge, UpstreamConfig upstream, RequestPath path) {
        SecureRandom seeds = new SecureRandom();
        for (EventExecutor executor : group) {
            loops.add(new EdgeLoop(
                    (EventLoop) executor,
                    transport,
                    resolvers,
                    edge,
                    upstream,
                    path,
                    load,
                    webSockets,
                    seeds.nextLong()));
            // Made here because making it reads files.
            resolvers.getResolver(executor);
        }
        bind(edge);
        loops.forEach(EdgeLoop::start);
        LOG.info("the edge listens on {} with {} event loops on {}", address(), loops.size(), transport);
    }

    private void closeAfter(Throwable notOpened) {
        try {
            closed.block(SHUTDOWN_BOUND.multipliedBy(2));
        } catch (RuntimeException notClosed) {
            notOpened.addSuppressed(notClosed);
        }
    }

    /** Its event loops, for those who watch whether they still turn. */
    public List<EventExecutor> eventLoops() {
        return loops.stream().<EventExecutor>map(EdgeLoop::eventLoop).toList();
    }

    @Override
    public InetSocketAddress address() {
        return (InetSocketAddress) listeners.getFirst().localAddress();
    }

    @Override
    public int activeConnections() {
        return load.connections();
    }

    @Override
    public long refusedConnections(ConnectionBound bound) {
        return load.refusedConnections(bound);
    }

    @Override
    public long abusiveConnections(ConnectionAbuse abuse) {
        return load.abusiveConnections(abuse);
    }

    @Override
    public int activeRequests() {
        return load.requests();
    }

    @Override
    public WebSocketTotals webSockets() {
        return webSockets;
    }

    @Override
    public Mono<Void> drain(Duration bound) {
        return Mono.defer(() -> {
            if (load.drain()) {
                long windowNanos =
                        bound.multipliedBy(webSocketDrainPercent).dividedBy(100).toNanos();
                loops.forEach(loop ->
                        loop.eventLoop().execute(() -> loop.longAnswers().drainTunnels(windowNanos)));
                loops.forEach(loop -> loop.eventLoop().execute(loop::drain));
            }
            return Flux.interval(DRAIN_LOOK)
                    .scan(0, (quiet, look) -> load.requests() + webSockets.active() == 0 ? quiet + 1 : 0)
                    .takeUntil(quiet -> quiet >= DRAIN_QUIET_LOOKS)
                    .take(bound)
                    .then(closed);
        });
    }

    private void bind(EdgeConfig config) {
        Map<EventLoop, EdgeLoop> byLoop = new HashMap<>();
        loops.forEach(loop -> byLoop.put(loop.eventLoop(), loop));
        ServerBootstrap bootstrap = new ServerBootstrap()
                .channel(transport.server())
                .option(ChannelOption.SO_BACKLOG, config.backlog())
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, EdgeLoop.WATER_MARK)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        EdgeLoop loop = byLoop.get(channel.eventLoop());
                        if (loop != null) {
                            accept(channel, loop);
                        }
                    }
                });
        if (transport == Transport.NIO) {
            listeners.add(bootstrap
                    .group(group)
                    .bind(config.host(), config.port())
                    .syncUninterruptibly()
                    .channel());
            return;
        }
        bootstrap.option(EpollChannelOption.SO_REUSEPORT, true);
        int port = config.port();
        for (EdgeLoop loop : loops) {
            Channel listener = bootstrap
                    .clone()
                    .group(loop.eventLoop(), loop.eventLoop())
                    .bind(config.host(), port)
                    .syncUninterruptibly()
                    .channel();
            listeners.add(listener);
            port = ((InetSocketAddress) listener.localAddress()).getPort();
        }
    }

    private void accept(SocketChannel channel, EdgeLoop loop) {
        InetAddress peer =
                channel.remoteAddress() == null ? null : channel.remoteAddress().getAddress();
        Load.Admittance admittance = load.connectionOpened(peer);
        if (admittance == Load.Admittance.DROPPED) {
            channel.close();
            return;
        }
        clients.add(channel);
        channel.closeFuture().addListener(closed -> load.connectionClosed(peer));
        ClientProtocols.install(channel, loop, admittance == Load.Admittance.REFUSED);
    }

    private Mono<Void> close() {
        return Mono.create(done -> {
            listeners.forEach(Channel::close);
            clients.close().addListener(clientsClosed -> {
                loops.forEach(loop -> loop.eventLoop().execute(loop::closeIdlePods));
                resolvers.close();
                group.shutdownGracefully(0, SHUTDOWN_BOUND.toMillis(), TimeUnit.MILLISECONDS)
                        .addListener(stopped -> done.success());
            });
        });
    }
}
