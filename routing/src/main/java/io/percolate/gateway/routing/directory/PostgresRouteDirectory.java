package io.percolate.gateway.routing.directory;

import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.directory.RouteExplanation.Source;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.invalidation.FlushableCache;
import io.percolate.gateway.routing.invalidation.RouteObserver;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Keeps routes of PostgreSQL in memory, and is told of their changes.
 *
 * <p>While every change is heard ({@link RouteObserver}), a kept route needs no lifetime: it is right until a change says
 * otherwise. A change marks it outdated, which hides it from {@link #cached}, and loads it anew; who asks meanwhile
 * waits for that load. Where the load fails, the outdated route is served again, within the stale bound, and loading is
 * tried on. While changes are not heard, known tenants are served within the same bound, and those in use are loaded
 * anew in the background every so often.
 *
 * <p>An entry is only replaced by a higher version; see {@link Flights} for loads that changes and flushes overtake.
 */
public final class PostgresRouteDirectory implements RouteDirectory, FlushableCache, RouteObserver {
    /** The statement that loads routes ($1 uuid[], $2 bigint[] of known versions), for who wants to see its plan. */
    public static final String LOAD_SQL = RouteQuery.SQL;

    private static final Logger log = LoggerFactory.getLogger(PostgresRouteDirectory.class);
    private final DirectoryConfig config;
    private final LongSupplier nanoClock;
    private final long revalidateAfterNanos;
    private final RouteCache cache;
    private final RouteReplicas replicas;
    private final Watchers watchers = new Watchers();
    private final Flights flights;
    private final SharedTouch touch;
    private final DirectoryMeters meters;
    /** Whether entries in use may wait for a load that confirms them. */
    private final AtomicBoolean unconfirmed = new AtomicBoolean();

    private final AtomicReference<Disposable> sweeping = new AtomicReference<>(Disposables.disposed());

    public PostgresRouteDirectory(Statements statements, DirectoryConfig config, MeterRegistry registry) {
        this(statements, SharedRoutes.NONE, RouteReplicas.NONE, config, registry, System::nanoTime);
    }

    /**
     * @param shared asked before PostgreSQL
     */
    public PostgresRouteDirectory(
            Statements statements, SharedRoutes shared, DirectoryConfig config, MeterRegistry registry) {
        this(statements, shared, RouteReplicas.NONE, config, registry, System::nanoTime);
    }

    /**
     * @param shared asked before PostgreSQL
     * @param replicas asked before the primary, for what may be a little behind
     */
    public PostgresRouteDirectory(
            Statements statements,
            SharedRoutes shared,
            RouteReplicas replicas,
            DirectoryConfig config,
            MeterRegistry registry) {
        this(statements, shared, replicas, config, registry, System::nanoTime);
    }

    PostgresRouteDirectory(
            Statements statements,
            SharedRoutes shared,
            RouteReplicas replicas,
            DirectoryConfig config,
            MeterRegistry registry,
            LongSupplier nanoClock) {
        this.config = config;
        this.nanoClock = nanoClock;
        this.replicas = replicas;
        this.revalidateAfterNanos = config.revalidateAfter().toNanos();
        this.cache = new RouteCache(config, nanoClock);
        this.meters = new DirectoryMeters(registry);
        this.touch = new SharedTouch(cache, shared, config.staleMax(), config.revalidateAfter(), nanoClock);
        this.flights = new Flights(cache, watchers, statements, shared, replicas, config, nanoClock, meters);
        meters.gauge("router.routes", "routes in memory", cache, RouteCache::size);
        meters.gauge("router.routes.watches", "waiters for changes of a tenant", watchers, Watchers::count);
    }

    /** Looks after watched and used tenants in the background, until {@link #close}. */
    public void start() {
        Disposable sweeps = Flux.interval(config.revalidateAfter())
                .onBackpressureDrop()
                .subscribe(tick -> sweep(), error -> log.error("watched tenants are not looked after", error));
        sweeping.getAndSet(sweeps).dispose();
    }

    public void close() {
        sweeping.getAndSet(Disposables.disposed()).dispose();
    }

    // Looking up -----------------------------------------------------------------------------------------------------

    @Override
    public @Nullable RouteLookup cached(TenantId tenant) {
        Entry entry = cache.used(tenant);
        if (entry == null) {
            return null;
        }
        if (cache.isConfirmed(entry)) {
            return entry.lookup();
        }
        if (!cache.isServableUnconfirmed(entry)) {
            return null;
        }
        if (cache.takeReloadDue(entry, revalidateAfterNanos)) {
            flights.join(tenant, Source.POSTGRES, 0);
        }
        return entry.lookup();
    }

    @Override
    public Mono<RouteLookup> lookup(TenantId tenant) {
        return Mono.defer(() -> {
            RouteLookup hit = cached(tenant);
            return hit != null
                    ? Mono.just(hit)
                    : landing(flights.join(tenant, Source.POSTGRES, 0))
                            .onErrorResume(FailureException.class, failure -> stale(tenant, failure));
        });
    }

    @Override
    public Mono<RouteLookup> refresh(TenantId tenant) {
        return Mono.defer(() -> landing(flights.joinAfterNow(tenant, Source.POSTGRES)));
    }

    private Mono<RouteLookup> landing(Flight flight) {
        return flight.landing()
                .timeout(
                        config.loadTimeout(),
                        Mono.error(() -> RouteLoader.unavailable()
                                .withOperatorDetail("no answer within "
                                        + config.loadTimeout().toMillis() + " ms")
                                .toException()));
    }

    private Mono<RouteLookup> stale(TenantId tenant, FailureException failure) {
        Entry entry = cache.seen(tenant);
        if (entry == null || !cache.isServableStale(entry)) {
            return Mono.error(failure);
        }
        meters.servedStale();
        return Mono.just(entry.lookup());
    }

    @Override
    public Flux<RouteLookup> watch(TenantId tenant) {
        return watchers.watch(tenant, watch -> lookup(tenant).subscribe(watch::offer, watch::fail));
    }

    @Override
    public void learn(TenantRoute route) {
        RouteLookup lookup = new RouteLookup.Known(route);
        // Should it be dropped at once, a replica might not know it yet.
        replicas.changed(route.tenant());
        cache.learn(lookup);
        watchers.offer(route.tenant(), lookup);
    }

    @Override
    public @Nullable RouteExplanation explain(TenantId tenant) {
        return cache.explain(tenant);
    }

    // News -----------------------------------------------------------------------------------------------------------

    @Override
    public void changed(TenantId tenant, long version) {
        // First, so that no load from now on takes the word of a replica that lacks it.
        replicas.changed(tenant);
        flights.announced(tenant, version);
    }

    @Override
    public void connected() {
        cache.trust(Confidence::connected);
        flights.reopen();
        watchers.tenants().forEach(tenant -> flights.joinAfterNow(tenant, Source.NOTIFICATION));
    }

    @Override
    public void lost(long lastHeardNanos) {
        cache.trust(trust -> trust.lost(lastHeardNanos));
    }

    @Override
    public void distrust() {
        long now = nanoClock.getAsLong();
        replicas.distrust();
        cache.trust(trust -> trust.distrusting(now));
        unconfirmed.set(true);
    }

    @Override
    public void forget() {
        replicas.distrust();
        flush(new FlushScope.All());
        watchers.forget();
    }

    /**
     * Loads watched tenants anew while nobody would tell of their changes, or could not load them; and those in use after
     * changes may have been missed, before somebody has to wait for it.
     */
    void sweep() {
        cache.tick();
        touch.step();
        boolean deaf = !cache.confidence().live();
        if (!deaf && unconfirmed.compareAndSet(true, false)) {
            List<TenantId> tenants = cache.inUseUnconfirmed(RouteLoader.WAITING_ROOM);
            tenants.forEach(tenant -> flights.join(tenant, Source.POSTGRES, 0));
            if (tenants.size() == RouteLoader.WAITING_ROOM) {
                unconfirmed.set(true);
            }
        }
        for (TenantId tenant : watchers.tenants()) {
            Entry entry = cache.seen(tenant);
            if (deaf || entry == null || entry.hasReloadFailed()) {
                flights.join(tenant, Source.POSTGRES, 0);
            }
        }
    }

    // Flushing -------------------------------------------------------------------------------------------------------

    @Override
    public CacheName name() {
        return CacheName.ROUTES;
    }

    @Override
    public long flush(FlushScope scope) {
        return switch (scope) {
            case FlushScope.OneTenant one -> {
                flights.discard(one.tenant());
                yield cache.drop(one.tenant()) ? 1 : 0;
            }
            // Of which tier their tenants are is not known before they land, so that all are discarded.
            case FlushScope.OneTier one -> {
                flights.discardAll();
                yield cache.dropTier(one.tier());
            }
            case FlushScope.All all -> {
                flights.discardAll();
                long dropped = cache.dropAll();
                // One that began in between has what was dropped for its basis.
                flights.discardAll();
                yield dropped;
            }
        };
    }
}
