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
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
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
 * <p>An entry is only replaced by a higher version. What a load brings is kept only if no flush has happened since it
 * began; if a newer version was announced meanwhile, it is loaded again.
 */
public final class PostgresRouteDirectory implements RouteDirectory, FlushableCache, RouteObserver {
    private static final Logger log = LoggerFactory.getLogger(PostgresRouteDirectory.class);
    /** Loads of one flight, when newer versions are announced than they bring. */
    private static final int ATTEMPTS_MAX = 3;

    private final DirectoryConfig config;
    private final LongSupplier nanoClock;
    private final long revalidateAfterNanos;
    private final RouteCache cache;
    private final ConcurrentHashMap<TenantId, Flight> flights = new ConcurrentHashMap<>();
    private final Watchers watchers = new Watchers();
    private final RouteLoader loader;
    private final DirectoryMeters meters;
    private final AtomicReference<Disposable> sweeping = new AtomicReference<>(Disposables.disposed());

    public PostgresRouteDirectory(Statements statements, DirectoryConfig config, MeterRegistry registry) {
        this(statements, config, registry, System::nanoTime);
    }

    PostgresRouteDirectory(
            Statements statements, DirectoryConfig config, MeterRegistry registry, LongSupplier nanoClock) {
        this.config = config;
        this.nanoClock = nanoClock;
        this.revalidateAfterNanos = config.revalidateAfter().toNanos();
        this.cache = new RouteCache(config, nanoClock);
        this.meters = new DirectoryMeters(registry);
        this.loader = new RouteLoader(statements, config.loadTimeout(), nanoClock, meters, this::landed, this::failed);
        meters.gauge("router.routes", "routes in memory", cache, RouteCache::size);
        meters.gauge("router.routes.watches", "waiters for changes of a tenant", watchers, Watchers::count);
    }

    /** Looks after watched tenants in the background while changes are not heard, until {@link #close}. */
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
        if (entry.takeReloadDue(nanoClock.getAsLong(), revalidateAfterNanos)) {
            flight(tenant, Source.POSTGRES, 0);
        }
        return entry.lookup();
    }

    @Override
    public Mono<RouteLookup> lookup(TenantId tenant) {
        return Mono.defer(() -> {
            RouteLookup hit = cached(tenant);
            return hit != null
                    ? Mono.just(hit)
                    : landing(flight(tenant, Source.POSTGRES, 0))
                            .onErrorResume(FailureException.class, failure -> stale(tenant, failure));
        });
    }

    @Override
    public Mono<RouteLookup> refresh(TenantId tenant) {
        return Mono.defer(() -> landing(flightAfterNow(tenant, Source.POSTGRES)));
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
        cache.keep(lookup, Source.LEARNED, nanoClock.getAsLong(), 0, false);
        watchers.offer(route.tenant(), lookup);
    }

    @Override
    public @Nullable RouteExplanation explain(TenantId tenant) {
        return cache.explain(tenant);
    }

    // Loading --------------------------------------------------------------------------------------------------------

    /**
     * The flight under way for this tenant, else a new one.
     *
     * @param floorVersion the version that it has to bring at least
     */
    private Flight flight(TenantId tenant, Source source, long floorVersion) {
        while (true) {
            Flight present = flights.get(tenant);
            if (present != null) {
                if (present.raiseFloor(floorVersion)) {
                    return present;
                }
                // It has ended just now, too early to take this in.
                flights.remove(tenant, present);
            }
            Flight next = new Flight(tenant, source, floorVersion);
            if (flights.putIfAbsent(tenant, next) == null) {
                loader.load(next);
                return next;
            }
        }
    }

    /** A flight whose question has not gone out yet, so that its answer is no older than this call. */
    private Flight flightAfterNow(TenantId tenant, Source source) {
        Flight next = new Flight(tenant, source, 0);
        Flight joined = flights.compute(tenant, (id, present) -> {
            if (present != null && !present.isSent()) {
                return present;
            }
            if (present != null) {
                // It will not hear of changes any more, since the next one does.
                present.discard();
            }
            return next;
        });
        if (joined.equals(next)) {
            loader.load(next);
        }
        return joined;
    }

    private void landed(Flight flight, RouteLookup loaded) {
        boolean isLast = flight.attempts() >= ATTEMPTS_MAX;
        boolean isVain = isLast && flight.lacks(loaded.version());
        RouteLookup best = flight.isDiscarded() ? loaded : keep(flight, loaded, isVain);
        // Looked at after keeping: a change that is announced from now on finds the entry.
        if (!flight.ends(best.version(), isLast)) {
            cache.outdate(flight.tenant(), flight.floorVersion());
            loader.load(flight);
            return;
        }
        flights.remove(flight.tenant(), flight);
        watchers.offer(flight.tenant(), best);
        flight.land(best);
        long floor = flight.floorVersion();
        if (isVain) {
            log.warn("{} was announced at version {}, but is at {}", flight.tenant(), floor, best.version());
        } else if (best.version() < floor) {
            // It changes faster than it can be loaded: who has waited so long gets this, the rest another flight.
            changed(flight.tenant(), floor);
        }
    }

    private RouteLookup keep(Flight flight, RouteLookup loaded, boolean isVain) {
        Entry kept = cache.keep(loaded, flight.source(), flight.sentNanos(), flight.floorVersion(), isVain);
        if (flight.isDiscarded()) {
            // A flush came between the look and the keeping, and may have found nothing to drop yet.
            cache.drop(flight.tenant(), kept);
        }
        return kept.lookup();
    }

    private void failed(Flight flight, FailureException failure) {
        cache.reloadFailed(flight.tenant());
        flight.ends(Long.MAX_VALUE, true);
        flights.remove(flight.tenant(), flight);
        flight.fail(failure);
    }

    // News -----------------------------------------------------------------------------------------------------------

    @Override
    public void changed(TenantId tenant, long version) {
        Flight present = flights.get(tenant);
        boolean isHeard = present != null && present.raiseFloor(version);
        boolean isOutdated = cache.outdate(tenant, version);
        if (!isHeard && (isOutdated || watchers.await(tenant, version))) {
            flight(tenant, Source.NOTIFICATION, version);
        }
    }

    @Override
    public void connected() {
        cache.trust(Confidence::connected);
        loader.reopen();
        watchers.tenants().forEach(tenant -> flightAfterNow(tenant, Source.NOTIFICATION));
    }

    @Override
    public void lost(long lastHeardNanos) {
        cache.trust(trust -> trust.lost(lastHeardNanos));
    }

    @Override
    public void distrust() {
        long now = nanoClock.getAsLong();
        cache.trust(trust -> trust.distrusting(now));
    }

    @Override
    public void forget() {
        flush(new FlushScope.All());
        watchers.forget();
    }

    /** Loads watched tenants anew while nobody would tell of their changes, or could not load them. */
    private void sweep() {
        boolean deaf = !cache.confidence().live();
        for (TenantId tenant : watchers.tenants()) {
            Entry entry = cache.seen(tenant);
            if (deaf || entry == null || entry.hasReloadFailed()) {
                flight(tenant, Source.POSTGRES, 0);
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
                Flight flight = flights.remove(one.tenant());
                if (flight != null) {
                    flight.discard();
                }
                yield cache.drop(one.tenant()) ? 1 : 0;
            }
            case FlushScope.OneTier one -> {
                discardFlights();
                yield cache.dropTier(one.tier());
            }
            case FlushScope.All all -> {
                discardFlights();
                yield cache.dropAll();
            }
        };
    }

    /** Of which tier their tenants are is not known before they land, so a flush of a tier discards them all. */
    private void discardFlights() {
        for (Iterator<Flight> all = flights.values().iterator(); all.hasNext(); ) {
            all.next().discard();
            all.remove();
        }
    }
}
