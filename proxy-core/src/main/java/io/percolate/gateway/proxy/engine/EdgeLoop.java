package io.percolate.gateway.proxy.engine;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.resolver.AddressResolverGroup;
import io.percolate.gateway.proxy.engine.http1.HeadBytes;
import io.percolate.gateway.proxy.engine.tls.HandshakeCounts;
import io.percolate.gateway.proxy.engine.tls.HandshakeGate;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTotals;
import io.percolate.gateway.proxy.path.RequestPath;
import io.percolate.gateway.proxy.resilience.LoopResilience;
import io.percolate.gateway.proxy.resilience.PodGuards;
import io.percolate.gateway.proxy.resilience.PodShare;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.Tier;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all connections of one event loop share; touched by that loop only. */
final class EdgeLoop {
    private static final Logger LOG = LoggerFactory.getLogger(EdgeLoop.class);

    /**
     * Bytes that may wait in a connection before its source is told to pause, and to go on: more than one read, for a
     * pause costs four system calls and would come with each body of that size.
     */
    static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 << 10, 96 << 10);

    /** The most that one read takes in, and one part of a body has. */
    static final int READ_BYTES_MAX = 64 << 10;

    private final EventLoop loop;
    private final EdgeConfig edge;
    private final UpstreamConfig upstream;
    private final RequestPath path;
    private final Load load;
    private final WebSocketTotals webSockets;
    private final Bootstrap connector;
    private final LoopTimer timer = new LoopTimer(System.nanoTime());
    private final HeadBytes headBytes = new HeadBytes();
    private final Map<Tier, PodProtocol> protocols;
    private final Map<Boolean, PodProtocol> peerProtocols;
    private final Map<PodProtocol, Map<PodAddress, UpstreamPool>> pools = new HashMap<>();
    private final LongAnswers longAnswers;
    private final TenantStreams tenantStreams;
    private final Set<Http2ClientConnection> http2Clients = Collections.newSetFromMap(new IdentityHashMap<>());
    private final HandshakeGate handshakeGate;
    private final HandshakeCounts handshakes;
    private final ProxyHeaderCounts proxyHeaders;
    private final LoopResilience resilience;
    private final HealthChecks healthChecks;
    private final WaitingRoom room;
    private final SplittableRandom random;

    EdgeLoop(
            EventLoop loop,
            Transport transport,
            AddressResolverGroup<InetSocketAddress> resolvers,
            EdgeConfig edge,
            UpstreamConfig upstream,
            Map<Tier, PodProtocol> protocols,
            Map<Boolean, PodProtocol> peerProtocols,
            RequestPath path,
            Load load,
            WebSocketTotals webSockets,
            HandshakeCounts handshakes,
            ProxyHeaderCounts proxyHeaders,
            PodGuards pods,
            int index,
            int loops,
            long seed) {
        this.loop = loop;
        this.edge = edge;
        this.upstream = upstream;
        this.protocols = protocols;
        this.peerProtocols = peerProtocols;
        protocols.values().forEach(protocol -> pools.put(protocol, new HashMap<>()));
        peerProtocols.values().forEach(protocol -> pools.put(protocol, new HashMap<>()));
        this.path = path;
        this.load = load;
        this.webSockets = webSockets;
        this.random = new SplittableRandom(seed);
        this.longAnswers = new LongAnswers(loop, path, load);
        this.tenantStreams = new TenantStreams(loop, path, random::nextLong);
        this.handshakeGate = new HandshakeGate(loop);
        this.handshakes = handshakes;
        this.proxyHeaders = proxyHeaders;
        this.resilience = new LoopResilience(pods, index == 0, loops, System.nanoTime());
        this.healthChecks = new HealthChecks(this, pods, index, loops);
        this.room = new WaitingRoom(timer, loop, load, edge, loops);
        this.connector = new Bootstrap()
                .group(loop)
                .channel(transport.client())
                .resolver(resolvers)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        upstream.connectTimeout().toMillis())
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                // A pod that stops reading may have answered already: that answer must still be read.
                .option(ChannelOption.AUTO_CLOSE, false);
    }

    void start() {
        loop.scheduleAtFixedRate(
                () -> timer.advance(System.nanoTime()),
                LoopTimer.TICK_NANOS,
                LoopTimer.TICK_NANOS,
                TimeUnit.NANOSECONDS);
        loop.scheduleAtFixedRate(
                longAnswers::look, LongAnswers.LOOK_NANOS, LongAnswers.LOOK_NANOS, TimeUnit.NANOSECONDS);
        loop.scheduleAtFixedRate(
                this::tick, LoopResilience.TICK_NANOS, LoopResilience.TICK_NANOS, TimeUnit.NANOSECONDS);
    }

    private void tick() {
        try {
            long nowNanos = System.nanoTime();
            resilience.tick(nowNanos);
            healthChecks.look(nowNanos);
        } catch (RuntimeException failed) {
            // An exception here would be the last look.
            LOG.error("pods could not be looked after", failed);
        }
    }

    /** Its part in what is known of pods. */
    LoopResilience resilience() {
        return resilience;
    }

    /** Where requests wait while there are as many as may be. */
    WaitingRoom room() {
        return room;
    }

    /** Opens connections to pods. */
    Bootstrap connector() {
        return connector;
    }

    EventLoop eventLoop() {
        return loop;
    }

    EdgeConfig edge() {
        return edge;
    }

    UpstreamConfig upstream() {
        return upstream;
    }

    RequestPath path() {
        return path;
    }

    Load load() {
        return load;
    }

    WebSocketTotals webSockets() {
        return webSockets;
    }

    LongAnswers longAnswers() {
        return longAnswers;
    }

    TenantStreams tenantStreams() {
        return tenantStreams;
    }

    HandshakeGate handshakeGate() {
        return handshakeGate;
    }

    HandshakeCounts handshakes() {
        return handshakes;
    }

    ProxyHeaderCounts proxyHeaders() {
        return proxyHeaders;
    }

    LoopTimer timer() {
        return timer;
    }

    /** Scratch space, to be used up before anything else happens on the loop. */
    HeadBytes headBytes() {
        return headBytes;
    }

    long randomLong() {
        return random.nextLong();
    }

    /** How pods of this tier are spoken to. */
    PodProtocol protocol(Tier tier) {
        return Objects.requireNonNull(protocols.get(tier));
    }

    /** How gateways of other regions are spoken to. */
    PodProtocol peerProtocol(boolean secured) {
        return Objects.requireNonNull(peerProtocols.get(secured), "there are no other regions");
    }

    /** The connections to whom requests go; a pool lives as long as it has any, or requests that wait for one. */
    UpstreamPool pool(Destination to) {
        Map<PodAddress, UpstreamPool> alike = pools(to.protocol());
        UpstreamPool pool = alike.get(to.address());
        if (pool == null) {
            long nowNanos = System.nanoTime();
            PodShare share = to.isAssigned()
                    ? resilience.share(to.tier(), to.address(), nowNanos)
                    : resilience.shareOfUnassigned(to.tier(), to.address(), nowNanos);
            pool = UpstreamPool.of(this, to.protocol(), to.address(), share, connector);
            alike.put(to.address(), pool);
        }
        return pool;
    }

    void remove(UpstreamPool pool) {
        pools(pool.protocol()).remove(pool.address(), pool);
    }

    private Map<PodAddress, UpstreamPool> pools(PodProtocol protocol) {
        return Objects.requireNonNull(pools.get(protocol));
    }

    /** Connections of HTTP/2, which have to be told of a drain. */
    Set<Http2ClientConnection> http2Clients() {
        return http2Clients;
    }

    /** Tells clients that wait for no answer's head that the edge goes out of service. */
    void drain(long webSocketsNanos) {
        longAnswers.drainTunnels(webSocketsNanos);
        new ArrayList<>(http2Clients).forEach(Http2ClientConnection::drain);
    }

    /** Closes all connections to pods that are in no use. */
    void closeIdlePods() {
        healthChecks.close();
        pools.values().forEach(alike -> new ArrayList<>(alike.values()).forEach(UpstreamPool::closeIdle));
    }
}
