package io.percolate.gateway.proxy.engine;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
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
import io.percolate.gateway.proxy.cold.HoldBound;
import io.percolate.gateway.proxy.engine.tls.ClientCertificates;
import io.percolate.gateway.proxy.engine.tls.FileWatch;
import io.percolate.gateway.proxy.engine.tls.HandshakeCounts;
import io.percolate.gateway.proxy.engine.tls.HandshakeOutcome;
import io.percolate.gateway.proxy.engine.tls.ServerCertificates;
import io.percolate.gateway.proxy.engine.tls.TlsMaterialException;
import io.percolate.gateway.proxy.engine.tls.TlsProvider;
import io.percolate.gateway.proxy.engine.websocket.WebSocketConfig;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTotals;
import io.percolate.gateway.proxy.fault.Faults;
import io.percolate.gateway.proxy.limit.TenantLimiter;
import io.percolate.gateway.proxy.overload.OverloadWatch;
import io.percolate.gateway.proxy.overload.ProcessGauges;
import io.percolate.gateway.proxy.overload.QueueMemory;
import io.percolate.gateway.proxy.overload.Waits;
import io.percolate.gateway.proxy.path.Admission;
import io.percolate.gateway.proxy.path.RequestPath;
import io.percolate.gateway.proxy.record.RequestObserver;
import io.percolate.gateway.proxy.resilience.PodGuards;
import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.placement.Placements;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.token.TokenVerifier;
import io.percolate.gateway.warmup.wake.Wake;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The edge on Netty: each event loop accepts connections of its own (where the kernel can spread them), and everything
 * that a connection needs lives on its loop.
 */
public final class EdgeServer implements Edge {
    private static final Logger LOG = LoggerFactory.getLogger(EdgeServer.class);

    private static final Duration DRAIN_LOOK = Duration.ofMillis(50);
    /** In a drain, how often in a row nothing must be under way for it to be over. */
    private static final int DRAIN_QUIET_LOOKS = 5;

    /** In a drain, looks until the listeners close, for what the kernel has accepted meanwhile to be taken over. */
    private static final int ACCEPT_LOOKS = 6;
    /** In a drain, looks after which idle connections have been closed, and what is left has no request. */
    private static final int IDLE_LOOKS = 35;

    private static final Duration SHUTDOWN_BOUND = Duration.ofSeconds(2);

    private final Transport transport;
    private final EventLoopGroup group;
    private final Map<Tier, PodProtocol> protocols = new EnumMap<>(Tier.class);
    /** Those of gateways of other regions, by whether they are secured; none where there are no regions. */
    private final Map<Boolean, PodProtocol> peerProtocols = new HashMap<>();

    private final List<EdgeLoop> loops = new ArrayList<>();
    private final List<Listener> listeners = new ArrayList<>();
    /** One for each listener and event loop, where the kernel can spread connections over them. */
    private final List<Channel> acceptors = new ArrayList<>();

    private final HandshakeCounts handshakes = new HandshakeCounts();
    private final ProxyHeaderCounts proxyHeaders = new ProxyHeaderCounts();
    private volatile @Nullable ServerCertificates certificates;
    private final ChannelGroup clients = new DefaultChannelGroup("clients", GlobalEventExecutor.INSTANCE);
    private final AddressResolverGroup<InetSocketAddress> resolvers;
    private final Load load;
    private final OverloadWatch overload;
    private final WebSocketTotals webSockets;
    private final PodGuards pods;
    private final AtomicBoolean draining = new AtomicBoolean();
    private final int webSocketDrainPercent;
    private final ColdStart cold;
    private final Mono<Void> closed;
    private @Nullable FileWatch podFiles;

    private EdgeServer(
            Transport transport,
            EventLoopGroup group,
            AddressResolverGroup<InetSocketAddress> resolvers,
            Load load,
            OverloadWatch overload,
            WebSocketConfig webSocket,
            PodGuards pods,
            ColdStart cold) {
        this.pods = pods;
        this.cold = cold;
        this.transport = transport;
        this.group = group;
        this.resolvers = resolvers;
        this.load = load;
        this.overload = overload;
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
        return start(edge, upstream, tokens, routes, new ColdStart(cold, contexts, wake, null), null, null, observer);
    }

    /**
     * The same, with what is done for cold tenants put together before.
     *
     * @param limits of tenants; null where they have none
     * @param faults that are asked for; null for none
     */
    public static EdgeServer start(
            EdgeConfig edge,
            UpstreamConfig upstream,
            TokenVerifier tokens,
            RouteDirectory routes,
            ColdStart cold,
            @Nullable TenantLimiter limits,
            @Nullable Faults faults,
            RequestObserver observer) {
        return start(edge, upstream, tokens, routes, Placements.ASSIGNED, cold, limits, faults, observer);
    }

    /** The same, with places of tenants found as {@code placements} says. */
    public static EdgeServer start(
            EdgeConfig edge,
            UpstreamConfig upstream,
            TokenVerifier tokens,
            RouteDirectory routes,
            Placements placements,
            ColdStart cold,
            @Nullable TenantLimiter limits,
            @Nullable Faults faults,
            RequestObserver observer) {
        OverloadWatch overload = new OverloadWatch(edge.overload());
        RequestPath path = new RequestPath(
                tokens,
                new Admission(edge.bodyBytesMax(), overload, limits),
                routes,
                placements,
                cold,
                faults,
                observer);
        Transport transport = Transport.best();
        EventLoopGroup group = transport.eventLoops(edge.eventLoopsOrCores());
        AddressResolverGroup<InetSocketAddress> resolvers =
                new DnsAddressResolverGroup(transport.datagram(), DnsServerAddressStreamProviders.platformDefault());
        EdgeServer server = new EdgeServer(
                transport,
                group,
                resolvers,
                new Load(
                        edge.connectionsMax(),
                        edge.connectionsPerAddressMax(),
                        new ArrivalRate(edge.connectionsPerAddressRate(), System.nanoTime()),
                        edge.trustedProxies(),
                        overload,
                        new QueueMemory(edge.overload().queueBytesMax())),
                overload,
                edge.webSocket(),
                new PodGuards(upstream.resilience()),
                cold);
        try {
            server.open(edge, upstream, path, placements.seal() != null);
        } catch (Throwable notOpened) {
            server.closeAfter(notOpened);
            throw notOpened;
        }
        return server;
    }

    private void open(EdgeConfig edge, UpstreamConfig upstream, RequestPath path, boolean regions) {
        if (edge.listeners().stream().anyMatch(ListenerConfig::tls)) {
            certificates = certificates(edge);
        }
        SecureRandom seeds = new SecureRandom();
        if (regions) {
            speakToPeers(upstream);
        }
        speak(upstream);
        for (EventExecutor executor : group) {
            loops.add(new EdgeLoop(
                    (EventLoop) executor,
                    transport,
                    resolvers,
                    edge,
                    upstream,
                    protocols,
                    peerProtocols,
                    path,
                    load,
                    webSockets,
                    handshakes,
                    proxyHeaders,
                    pods,
                    loops.size(),
                    edge.eventLoopsOrCores(),
                    seeds.nextLong()));
            // Made here because making it reads files.
            resolvers.getResolver(executor);
        }
        edge.listeners().forEach(listener -> bind(edge, listener));
        loops.forEach(EdgeLoop::start);
        overload.start(ProcessGauges.of(eventLoops()));
        LOG.info("the edge listens on {} with {} event loops on {}", listeners(), loops.size(), transport);
    }

    private static ServerCertificates certificates(EdgeConfig edge) {
        Set<ClientCertificates> modes = edge.listeners().stream()
                .filter(ListenerConfig::tls)
                .map(ListenerConfig::clientCertificates)
                .collect(Collectors.toUnmodifiableSet());
        try {
            return ServerCertificates.open(edge.tls(), modes);
        } catch (TlsMaterialException unusable) {
            throw new UncheckedIOException(new IOException("the edge has no TLS: " + unusable.getMessage(), unusable));
        }
    }

    private void speak(UpstreamConfig upstream) {
        for (Tier tier : Tier.values()) {
            PodWire wire = upstream.wires().getOrDefault(tier, PodWire.HTTP1);
            try {
                PodTls tls = wire.isEncrypted()
                        ? new PodTls(
                                wire, upstream.tls(), upstream.tls().names().get(tier), TlsProvider.NATIVE)
                        : null;
                protocols.put(
                        tier,
                        new PodProtocol(wire, tls, upstream.connectTimeout().toMillis()));
            } catch (TlsMaterialException unusable) {
                throw new UncheckedIOException(
                        "TLS to pods of tier " + tier + ": " + unusable.getMessage(), new IOException(unusable));
            }
        }
        if (!peerProtocols.isEmpty() || upstream.wires().values().stream().anyMatch(PodWire::isEncrypted)) {
            podFiles = new FileWatch(
                    upstream.tls().reload(),
                    Stream.concat(protocols.values().stream(), peerProtocols.values().stream())
                            .<Runnable>map(protocol -> protocol::look)
                            .toList());
        }
    }

    /** In HTTP/1.1, in the clear or by the TLS that there is to pods, for the host of the other region's gateway_url. */
    private void speakToPeers(UpstreamConfig upstream) {
        long timeoutMillis = upstream.connectTimeout().toMillis();
        peerProtocols.put(false, new PodProtocol(PodWire.HTTP1, null, timeoutMillis));
        try {
            PodTls tls = new PodTls(PodWire.HTTPS1, upstream.tls(), null, TlsProvider.NATIVE);
            peerProtocols.put(true, new PodProtocol(PodWire.HTTPS1, tls, timeoutMillis));
        } catch (TlsMaterialException unusable) {
            throw new UncheckedIOException(
                    "TLS to gateways of other regions: " + unusable.getMessage(), new IOException(unusable));
        }
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

    /** Whether the process runs out of something. */
    public OverloadWatch overload() {
        return overload;
    }

    /** Requests that wait for others to end. */
    public Waits waits() {
        return load.waits();
    }

    /** What requests take that wait for others, or for their pods. */
    public QueueMemory queueMemory() {
        return load.queueMemory();
    }

    /** What it knows of its tiers' pods. */
    public PodGuards pods() {
        return pods;
    }

    @Override
    public InetSocketAddress address() {
        return listeners.getFirst().address();
    }

    /** Where it listens, in the order of configuration. */
    public List<Listener> listeners() {
        return List.copyOf(listeners);
    }

    /**
     * One address that it listens on.
     *
     * @param address with the real port when 0 was asked for
     */
    public record Listener(ListenerConfig config, InetSocketAddress address) {
        @Override
        public String toString() {
            return new ListenerConfig(
                            config.host(),
                            address.getPort(),
                            config.tls(),
                            config.proxyProtocol(),
                            config.clientCertificates(),
                            config.http2())
                    .toString();
        }
    }

    @Override
    public long proxyHeaders(ProxyHeader kind) {
        return proxyHeaders.of(kind);
    }

    @Override
    public long handshakes(HandshakeOutcome outcome) {
        return handshakes.of(outcome);
    }

    @Override
    public List<ServerCertificates.Status> certificates() {
        ServerCertificates shown = certificates;
        return shown == null ? List.of() : shown.status();
    }

    @Override
    public void sendAway() {
        load.drain();
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
    public int heldRequests() {
        return cold.held();
    }

    @Override
    public long heldBytes() {
        return cold.heldBytes();
    }

    @Override
    public long refusedHolds(HoldBound bound) {
        return cold.refusedHolds(bound);
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
            load.drain();
            acceptors.forEach(AcceptQueue::takeNoNew);
            if (draining.compareAndSet(false, true)) {
                long webSocketsNanos =
                        bound.multipliedBy(webSocketDrainPercent).dividedBy(100).toNanos();
                loops.forEach(loop -> loop.eventLoop().execute(() -> loop.drain(webSocketsNanos)));
            }
            long endNanos = System.nanoTime() + bound.toNanos();
            // Not take(bound): where that is over while this is being subscribed to, Reactor 3.8 never goes on.
            return Flux.interval(bound.compareTo(DRAIN_LOOK) < 0 ? bound : DRAIN_LOOK, DRAIN_LOOK)
                    .doOnNext(look -> {
                        if (look == ACCEPT_LOOKS) {
                            // What was on its way has been accepted; who knocks now is refused and goes elsewhere.
                            acceptors.forEach(Channel::close);
                        }
                    })
                    .scan(0, (quiet, look) -> isQuiet(look) ? quiet + 1 : 0)
                    .takeUntil(quiet -> quiet >= DRAIN_QUIET_LOOKS || System.nanoTime() - endNanos >= 0)
                    .then(closed);
        });
    }

    /** Whether nothing is under way, and no connection is open that might still be used. */
    private boolean isQuiet(long look) {
        return load.requests() + webSockets.active() == 0 && (load.connections() == 0 || look >= IDLE_LOOKS);
    }

    private void bind(EdgeConfig config, ListenerConfig listener) {
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
                            accept(channel, loop, listener);
                        }
                    }
                });
        if (transport == Transport.NIO) {
            Channel acceptor = listen(bootstrap.group(group), listener, listener.port());
            listeners.add(new Listener(listener, (InetSocketAddress) acceptor.localAddress()));
            return;
        }
        bootstrap.option(EpollChannelOption.SO_REUSEPORT, true);
        int port = listener.port();
        for (EdgeLoop loop : loops) {
            Channel acceptor = listen(bootstrap.clone().group(loop.eventLoop(), loop.eventLoop()), listener, port);
            InetSocketAddress bound = (InetSocketAddress) acceptor.localAddress();
            if (loop == loops.getFirst()) {
                listeners.add(new Listener(listener, bound));
            }
            port = bound.getPort();
        }
    }

    private Channel listen(ServerBootstrap bootstrap, ListenerConfig listener, int port) {
        ChannelFuture bound = bootstrap.bind(listener.host(), port).awaitUninterruptibly();
        Throwable refused = bound.cause();
        if (refused != null) {
            IOException cause = refused instanceof IOException io ? io : new IOException(refused);
            throw new UncheckedIOException(
                    "the edge cannot listen on " + listener.host() + ":" + listener.port() + ": " + cause.getMessage(),
                    cause);
        }
        acceptors.add(bound.channel());
        return bound.channel();
    }

    private void accept(SocketChannel channel, EdgeLoop loop, ListenerConfig listener) {
        if (new ClientArrival(loop, channel, listener, certificates).begin()) {
            clients.add(channel);
        }
    }

    private Mono<Void> close() {
        return closeSockets()
                // Waits for locks of native contexts and of files, which no event loop may.
                .then(Mono.<Void>fromRunnable(this::closeFiles).subscribeOn(Schedulers.boundedElastic()));
    }

    private Mono<Void> closeSockets() {
        return Mono.create(done -> {
            acceptors.forEach(Channel::close);
            clients.close().addListener(clientsClosed -> {
                loops.forEach(loop -> loop.eventLoop().execute(loop::closeIdlePods));
                resolvers.close();
                group.shutdownGracefully(0, SHUTDOWN_BOUND.toMillis(), TimeUnit.MILLISECONDS)
                        .addListener(stopped -> done.success());
            });
        });
    }

    private void closeFiles() {
        overload.close();
        ServerCertificates shown = certificates;
        if (shown != null) {
            shown.close();
        }
        FileWatch watched = podFiles;
        if (watched != null) {
            watched.close();
        }
        protocols.values().forEach(PodProtocol::close);
        peerProtocols.values().forEach(PodProtocol::close);
    }
}
