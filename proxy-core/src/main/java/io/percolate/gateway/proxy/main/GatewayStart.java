package io.percolate.gateway.proxy.main;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.concurrent.EventExecutor;
import io.percolate.gateway.context.Contexts;
import io.percolate.gateway.proxy.accesslog.AccessLog;
import io.percolate.gateway.proxy.accesslog.AccessLogConfig;
import io.percolate.gateway.proxy.activity.TenantActivity;
import io.percolate.gateway.proxy.cold.ColdStart;
import io.percolate.gateway.proxy.engine.EdgeServer;
import io.percolate.gateway.proxy.engine.http1.TenantHeaders;
import io.percolate.gateway.proxy.fault.Faults;
import io.percolate.gateway.proxy.generate.HttpGenerator;
import io.percolate.gateway.proxy.limit.LimitKind;
import io.percolate.gateway.proxy.limit.LimitsConfig;
import io.percolate.gateway.proxy.limit.TenantLimiter;
import io.percolate.gateway.proxy.metrics.GatewayMetrics;
import io.percolate.gateway.proxy.metrics.RequestMetrics;
import io.percolate.gateway.proxy.metrics.TenantTraffic;
import io.percolate.gateway.proxy.noise.NoisyTenants;
import io.percolate.gateway.proxy.noise.TenantShares;
import io.percolate.gateway.proxy.ops.ExplainSubjects;
import io.percolate.gateway.proxy.ops.Liveness;
import io.percolate.gateway.proxy.ops.LocalCaches;
import io.percolate.gateway.proxy.ops.OpsServer;
import io.percolate.gateway.proxy.ops.OpsSubjects;
import io.percolate.gateway.proxy.ops.Readiness;
import io.percolate.gateway.proxy.ops.Readiness.Stage;
import io.percolate.gateway.proxy.overload.Pressure;
import io.percolate.gateway.proxy.path.Admission;
import io.percolate.gateway.proxy.prefetch.ContextPrefetch;
import io.percolate.gateway.proxy.record.RequestObserver;
import io.percolate.gateway.proxy.record.RequestObservers;
import io.percolate.gateway.proxy.usage.MonthlyUsage;
import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.fleet.CacheFlushes;
import io.percolate.gateway.routing.fleet.Gateway;
import io.percolate.gateway.routing.fleet.GatewayRegistry;
import io.percolate.gateway.routing.invalidation.FlushableCache;
import io.percolate.gateway.routing.invalidation.RoutingNews;
import io.percolate.gateway.routing.placement.Placements;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.redis.SecondLevel;
import io.percolate.gateway.routing.replica.ReadReplicas;
import io.percolate.gateway.routing.revocation.Revocations;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.token.JwtTokenVerifier;
import io.percolate.gateway.routing.topology.LiveTopology;
import io.percolate.gateway.warmup.pod.TierPodClient;
import io.percolate.gateway.warmup.wake.PostgresWake;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The start of a gateway, step by step: database, keys, routes, caches, wake, edge, ops, fleet.
 *
 * <p>What requests need comes before the edge, and what announces the gateway to others comes last.
 */
final class GatewayStart {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayStart.class);
    private static final String APPLICATION = "percolate-gateway";
    private static final int ACCESS_LOG_BUFFER_BYTES = 64 * 1024;
    private static final Duration READY_LOOK = Duration.ofMillis(5);
    /** How long the start waits to be ready before it goes on unready, which the probes then tell. */
    private static final Duration READY_WAIT = Duration.ofSeconds(5);

    private final GatewayConfig config;
    private final Teardown teardown;
    private final StartLog log = new StartLog();

    GatewayStart(GatewayConfig config, Teardown teardown) {
        this.config = config;
        this.teardown = teardown;
    }

    GatewayProcess run() {
        GatewayMetrics metrics = log.opened("metrics", GatewayMetrics::new);
        teardown.add("metrics", metrics::close);
        MeterRegistry registry = metrics.registry();

        SecondLevel shared = SecondLevel.open(config.redis(), registry, Clock.systemUTC());
        teardown.add("the second level", shared::close);

        ManagementDatabase database =
                log.opened("database", () -> ManagementDatabase.open(config.database(), APPLICATION, registry));
        teardown.add("the database", database::close);
        log.awaited("schema", config.databaseStart().schema(database));

        Revocations revocations = new Revocations(registry, Clock.systemUTC());
        JwtTokenVerifier tokens =
                JwtTokenVerifier.create(config.tokens(), shared.keySets(), revocations, registry, Clock.systemUTC());
        teardown.add("the token keys", tokens::close);
        log.awaited("keys", tokens.load());

        ReadReplicas replicas =
                ReadReplicas.open(database, config.database(), config.replicas(), APPLICATION, registry);
        teardown.add("the replicas", replicas::close);
        replicas.start();

        PostgresRouteDirectory routes =
                new PostgresRouteDirectory(database, shared.routes(), replicas, config.routes(), registry);
        teardown.add("the routes", routes::close);
        routes.start();
        shared.listen(routes);

        Contexts contexts = log.opened("contexts", () -> Contexts.open(config.context(), database, registry));
        teardown.add("the contexts", blocking(contexts::close));

        // The second level first, so that the first is not filled from what is flushed.
        List<FlushableCache> caches = Stream.concat(
                        shared.caches().stream(), Stream.of(routes, tokens, contexts.cache()))
                .toList();
        Gateway gateway = Gateway.starting(advertisedHost(), config.ops().port(), GatewayMain.version());
        CacheFlushes flushes = new CacheFlushes(database, gateway, caches, registry);
        LiveTopology topology = new LiveTopology(database, config.topology(), registry);
        teardown.add("the topology", () -> Mono.fromRunnable(topology::close));
        topology.start();
        Placements placements = new Placements(config.placement(), topology::current);
        RoutingNews news = new RoutingNews(
                database,
                config.news(),
                List.of(shared.follower(routes, config.news()), flushes, revocations, topology),
                registry);
        teardown.add("the news", news::close);
        news.start();

        TierPodClient pods = new TierPodClient(config.warmup().pod());
        teardown.add("the connections to pods", pods::close);
        PostgresWake wake = log.opened(
                "wake", () -> PostgresWake.create(config.warmup(), database, routes, pods, registry, gateway.id()));
        teardown.add("the wakes", wake::close);

        int eventLoops = Runtime.getRuntime().availableProcessors();
        TenantTraffic traffic = new TenantTraffic(config.metrics().tenantsMax(), eventLoops, System.nanoTime());
        metrics.show(traffic);
        TenantTraffic refused = new TenantTraffic(config.metrics().tenantsMax(), eventLoops, System.nanoTime());
        metrics.showRefused(refused);
        TenantShares shares = new TenantShares(config.metrics().tenantsMax(), eventLoops, System.nanoTime());
        metrics.show(shares);
        RequestObserver limited = timeline -> {
            if (LimitKind.isBehind(timeline.failure)) {
                refused.completed(timeline);
            }
        };
        RequestObserver observer =
                observers(List.of(new RequestMetrics(registry), traffic, limited, shares), database, registry);
        if (config.prefetch().contextsPerHour() > 0) {
            ContextPrefetch prefetch = new ContextPrefetch(
                            config.prefetch(), contexts.cache(), routes, registry, Clock.systemUTC())
                    .start();
            teardown.add("the contexts fetched ahead", prefetch::stop);
            observer = new RequestObservers(List.of(observer, prefetch));
        }
        RequestObserver observing = observer;
        AtomicReference<IntSupplier> gateways = new AtomicReference<>(() -> 1);
        Faults faults = Faults.of(config.faults(), registry);
        if (faults != null) {
            teardown.add("the faults", faults::close);
        }
        TenantLimiter limits =
                limits(database, gateway, shared, () -> gateways.get().getAsInt(), registry);

        Optional<HttpGenerator> generator = HttpGenerator.open(config.cold().generate(), registry);
        teardown.add(
                "the connections to the generator",
                () -> Mono.fromRunnable(() -> generator.ifPresent(HttpGenerator::close)));
        ColdStart cold = new ColdStart(config.cold(), contexts.cache(), wake, generator.orElse(null));
        EdgeServer edge = log.opened(
                "edge",
                () -> EdgeServer.start(
                        config.edge(), config.upstream(), tokens, routes, placements, cold, limits, faults, observing));
        teardown.add("the edge", () -> edge.drain(Duration.ZERO));
        metrics.show(edge);
        metrics.show(edge.pods());
        metrics.show(edge.overload(), edge.waits(), edge.queueMemory());
        NoisyTenants noisy = new NoisyTenants(
                        config.noise(), shares, limits, new Pressure(edge.overload(), edge.waits()))
                .start(registry);
        teardown.add("the noisy tenants", noisy::stop);
        FunctionCounter.builder(
                        "router.tenant.headers.dropped", config.upstream().tenantHeaders(), TenantHeaders::dropped)
                .description("values of tenants that pods were not told, since no header field can hold them")
                .register(registry);
        List<EventExecutor> loops = edge.eventLoops();
        metrics.showProcess(loops);

        Readiness readiness = new Readiness(Dependencies.of(
                news,
                tokens,
                shared,
                replicas,
                config.placement().needsTopology() ? Optional.of(topology) : Optional.empty(),
                edge,
                edge.overload()));
        Drain drain = new Drain(config.drain(), readiness, edge);
        OpsServer ops = log.opened(
                "ops listener",
                () -> Objects.requireNonNull(OpsServer.start(
                                config.ops(),
                                new OpsSubjects(
                                        new Liveness(loops, config.ops().livenessDeadline()),
                                        readiness,
                                        metrics,
                                        routes,
                                        config.cold().rules(),
                                        new LocalCaches(caches),
                                        new ExplainSubjects(tokens, tokens::keys, this::limits, limits, placements),
                                        edge.pods()::status,
                                        shares::top,
                                        drain::begin))
                        .block()));
        teardown.add("the ops listener", ops::close);

        GatewayRegistry fleet = new GatewayRegistry(
                database,
                new Gateway(gateway.id(), gateway.host(), ops.address().getPort(), gateway.versionLabel()));
        teardown.add("the place in the fleet", fleet::close);
        log.awaited("fleet", fleet.register());
        fleet.start();
        gateways.set(fleet::alive);

        readiness.enter(Stage.SERVING);
        Readiness.Report report = awaitReady(readiness);
        String addresses = "edge "
                + edge.listeners().stream().map(EdgeServer.Listener::toString).collect(Collectors.joining(" "))
                + ", ops " + url(ops.address());
        if (report.ready()) {
            LOG.info("ready in {} ms: {}", log.millis(), addresses);
        } else {
            LOG.warn("listening after {} ms, but not ready: {}; {}", log.millis(), addresses, report.dependencies());
        }
        // Last, since it takes the processor for a tenth of a second, and the JDK does its work until then.
        Disposable loading = tokens.signatures().load().subscribe();
        teardown.add("the loading of native signatures", loading::dispose);
        return new GatewayProcess(edge, ops, readiness, drain, teardown);
    }

    private TenantLimiter limits(
            ManagementDatabase database,
            Gateway gateway,
            SecondLevel shared,
            IntSupplier gateways,
            MeterRegistry registry) {
        LimitsConfig limits = config.limits();
        MonthlyUsage usage = MonthlyUsage.in(
                        database, gateway.id(), limits.tenantsMax(), limits.usageInterval(), Clock.systemUTC())
                .start(registry);
        teardown.add("the requests of months", usage::stop);
        TenantLimiter limiter = new TenantLimiter(limits, shared.quotas(), gateways, usage).start(registry);
        teardown.add("the limits", limiter::stop);
        return limiter;
    }

    private RequestObserver observers(
            List<RequestObserver> first, ManagementDatabase database, MeterRegistry registry) {
        TenantActivity activity =
                TenantActivity.in(database, config.activity(), registry).start();
        teardown.add("the record of activity", activity::stop);
        List<RequestObserver> observers = new ArrayList<>(first);
        observers.add(activity);
        if (config.accessLog().format() != AccessLogConfig.Format.OFF) {
            // Beside System.out, which would take a lock and flush for each line.
            AccessLog accessLog = new AccessLog(
                            config.accessLog(),
                            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), ACCESS_LOG_BUFFER_BYTES),
                            registry,
                            Clock.systemUTC())
                    .start();
            teardown.add("the access log", blocking(accessLog::close));
            observers.add(accessLog);
        }
        return new RequestObservers(observers);
    }

    /** A step of the teardown that blocks, which the event loop that ended the step before must not. */
    private static Supplier<Mono<Void>> blocking(Runnable close) {
        return () -> Mono.<Void>fromRunnable(close).subscribeOn(Schedulers.boundedElastic());
    }

    private static Readiness.Report awaitReady(Readiness readiness) {
        Flux.interval(Duration.ZERO, READY_LOOK)
                .takeUntil(look -> readiness.report().ready())
                .take(READY_WAIT)
                .blockLast();
        return readiness.report();
    }

    private static String url(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return "http://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    /** What bounds requests of a tier, for people. */
    private SortedMap<String, Long> limits(Tier tier) {
        return new TreeMap<>(Map.of(
                "body_bytes_max", config.edge().bodyBytesMax().getOrDefault(tier, 0L),
                "requests_in_process_max",
                        (long) Admission.requestsMax(config.edge().requestsMax(), tier),
                "held_per_tenant_max", (long) config.cold().heldPerTenantMax(),
                "held_in_process_max", (long) config.cold().heldMax(),
                "hold_limit_ms", config.cold().holdLimit().toMillis()));
    }

    /** Where people find the ops listener: what it binds, or this machine's address when it binds all. */
    private String advertisedHost() {
        String host = config.ops().host();
        if (!host.equals("0.0.0.0") && !host.equals("::")) {
            return host;
        }
        try {
            return InetAddress.getLocalHost().getHostAddress();
        } catch (UnknownHostException nameless) {
            return "localhost";
        }
    }
}
