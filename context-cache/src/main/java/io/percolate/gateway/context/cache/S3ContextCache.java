package io.percolate.gateway.context.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Ticker;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.context.cache.CacheMeters.Outcome;
import io.percolate.gateway.context.disk.DiskBlobs;
import io.percolate.gateway.context.store.ArrivingContext;
import io.percolate.gateway.context.store.ByteBudget;
import io.percolate.gateway.context.store.ContextBlobs;
import io.percolate.gateway.context.store.ContextBlobs.Fetched;
import io.percolate.gateway.context.store.StoredObject;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Contexts in memory over their blobs in S3.
 *
 * <p>An entry is given out unasked while it is fresh and the tenant's route has not changed since: a change may mean
 * that a pod has had the tenant and left another context. Otherwise S3 is asked whether it still is the one, and its
 * bytes are read only when it is not, or are on disk ({@link DiskBlobs}). Who asks while a context is coming joins those
 * who read it already. A fetch goes on when all who wait for it have gone, since the next one to come
 * will want it; an entry that has to leave for want of room is given out for as long as somebody reads it ({@link
 * StillRead}). Every step of a fetch has a deadline, and its memory comes out of a {@link ByteBudget}.
 */
public final class S3ContextCache implements ContextCache {
    private static final Logger log = LoggerFactory.getLogger(S3ContextCache.class);
    /** Tenants that are known to have no context, at most. */
    private static final int ABSENT_MAX = 100_000;

    private final ContextBlobs blobs;
    private final ByteBudget budget;
    private final Optional<DiskBlobs> disk;
    private final CacheConfig config;
    private final Ticker ticker;
    private final CacheMeters meters;
    private final Cache<TenantId, Entry> entries;
    private final StillRead stillRead = new StillRead();
    private final Cache<TenantId, Absence> absences;
    private final ConcurrentMap<FlightKey, Flight> flights = new ConcurrentHashMap<>();

    private record Absence(long version, Tier tier) {}

    /** Who needs a context as of a newer version of its route does not share the fetch of an older one. */
    private record FlightKey(TenantId tenant, long version, SecurityMode mode) {}

    /** @param disk the second level, where there is one; borrowed */
    public S3ContextCache(
            ContextBlobs blobs,
            ByteBudget budget,
            Optional<DiskBlobs> disk,
            CacheConfig config,
            MeterRegistry registry) {
        this(blobs, budget, disk, config, registry, Ticker.systemTicker());
    }

    S3ContextCache(
            ContextBlobs blobs,
            ByteBudget budget,
            Optional<DiskBlobs> disk,
            CacheConfig config,
            MeterRegistry registry,
            Ticker ticker) {
        this.disk = disk;
        this.blobs = blobs;
        this.budget = budget;
        this.config = config;
        this.ticker = ticker;
        this.entries = Caffeine.newBuilder()
                .maximumWeight(config.bytesMax())
                .weigher((TenantId tenant, Entry entry) -> entry.weight())
                .expireAfterWrite(config.staleMax().plus(config.fresh()))
                .ticker(ticker)
                .executor(Runnable::run)
                .removalListener((tenant, entry, cause) -> {
                    if (tenant != null && entry != null) {
                        entry.context().cached(false);
                        if (cause == RemovalCause.SIZE) {
                            stillRead.add(tenant, entry);
                        }
                    }
                })
                .build();
        this.absences = Caffeine.newBuilder()
                .maximumSize(ABSENT_MAX)
                .expireAfterWrite(config.absentFresh())
                .ticker(ticker)
                .executor(Runnable::run)
                .build();
        this.meters = new CacheMeters(registry, this::cachedBytes, budget);
    }

    @Override
    public CacheName name() {
        return CacheName.CONTEXT;
    }

    @Override
    public Mono<Context> get(TenantRoute route) {
        return Mono.defer(() -> {
            @Nullable Entry entry = known(route.tenant());
            if (entry != null && entry.isFresh(route, ticker.read(), config)) {
                meters.answered(Outcome.HIT);
                return Mono.just(entry.context());
            }
            @Nullable Absence absence = absences.getIfPresent(route.tenant());
            if (absence != null && absence.version() >= route.version()) {
                meters.answered(Outcome.ABSENT);
                return Mono.error(Failure.of(FailureKind.CONTEXT_ABSENT, "nothing is stored for this tenant")
                        .toException());
            }
            FlightKey key = new FlightKey(route.tenant(), route.version(), route.securityMode());
            return flights.computeIfAbsent(key, none -> new Flight(key, route))
                    .result
                    .doOnNext(landing -> meters.answered(landing.outcome()))
                    .doOnError(error -> meters.answered(
                            kind(error) == FailureKind.CONTEXT_ABSENT ? Outcome.ABSENT : Outcome.FAILED))
                    .map(Landing::context);
        });
    }

    @Override
    public boolean isAtHand(TenantRoute route) {
        @Nullable Entry entry = known(route.tenant());
        return entry != null && entry.isOpenedFor(route);
    }

    private @Nullable Entry known(TenantId tenant) {
        @Nullable Entry cached = entries.getIfPresent(tenant);
        return cached == null ? stillRead.get(tenant) : cached;
    }

    @Override
    public long flush(FlushScope scope) {
        return switch (scope) {
            case FlushScope.OneTenant(TenantId tenant) -> flush(id -> id.equals(tenant), tier -> true);
            case FlushScope.OneTier(Tier tier) -> flush(id -> true, tier::equals);
            case FlushScope.All() -> flush(id -> true, tier -> true);
        };
    }

    /** Flights first: what one of them brings after that is not cached, what it brought before is dropped here. */
    private long flush(Predicate<TenantId> tenants, Predicate<Tier> tiers) {
        flights.forEach((key, flight) -> {
            if (tenants.test(key.tenant()) && tiers.test(flight.route.tier())) {
                flight.detached = true;
                flights.remove(key, flight);
            }
        });
        List<TenantId> dropped = new ArrayList<>();
        entries.asMap().forEach((tenant, entry) -> {
            if (tenants.test(tenant) && tiers.test(entry.tier())) {
                dropped.add(tenant);
            }
        });
        stillRead.all().forEach((tenant, entry) -> {
            if (tenants.test(tenant) && tiers.test(entry.tier())) {
                dropped.add(tenant);
            }
        });
        absences.asMap().forEach((tenant, absence) -> {
            if (tenants.test(tenant) && tiers.test(absence.tier())) {
                dropped.add(tenant);
            }
        });
        entries.invalidateAll(dropped);
        dropped.forEach(stillRead::drop);
        absences.invalidateAll(dropped);
        disk.ifPresent(
                files -> dropped.addAll(files.flush((tenant, tier) -> tenants.test(tenant) && tiers.test(tier))));
        return Set.copyOf(dropped).size();
    }

    /** @param coming ends when the context is whole, or will not be; null where it is */
    private record Landing(
            HeldContext context, Outcome outcome, @Nullable Mono<Void> coming) {}

    /** One fetch for all who wait; leaving it never cancels it. */
    private final class Flight {
        private final FlightKey key;
        private final TenantRoute route;
        private final Mono<Landing> result;
        private volatile boolean detached;

        Flight(FlightKey key, TenantRoute route) {
            this.key = key;
            this.route = route;
            this.result = Mono.defer(this::fetch)
                    .doOnNext(landing -> {
                        // A context that is still coming is had by joining; one that is there is in the cache.
                        if (landing.coming() == null) {
                            flights.remove(key, this);
                        }
                    })
                    .doOnError(failed -> flights.remove(key, this))
                    .cache();
        }

        private Mono<Landing> fetch() {
            long begun = ticker.read();
            @Nullable Entry known = known(route.tenant());
            if (known != null && known.isFresh(route, begun, config)) {
                return Mono.just(new Landing(known.context(), Outcome.HIT, null));
            }
            Optional<DiskBlobs.Found> onDisk = known != null && known.isOpenedFor(route) ? Optional.empty() : onDisk();
            return asked(known, onDisk)
                    .doOnNext(landing -> {
                        meters.fetched(ticker.read() - begun);
                        awaitRest(landing, begun);
                    })
                    .doOnError(this::noted)
                    .onErrorResume(error -> stale(known, error))
                    .onErrorResume(error -> staleOnDisk(onDisk, error));
        }

        /** What is on disk of the tenant, as far as it was stored for how the tenant is now. */
        private Optional<DiskBlobs.Found> onDisk() {
            return disk.flatMap(files -> files.find(route.tenant()))
                    .filter(found -> found.object()
                            .notes()
                            .securityMode()
                            .filter(route.securityMode()::equals)
                            .isPresent());
        }

        private Mono<Landing> asked(@Nullable Entry known, Optional<DiskBlobs.Found> onDisk) {
            if (known != null && known.isOpenedFor(route)) {
                return blobs.beginUnless(known.context().storedEtag(), route.tenant(), route.securityMode(), this::kept)
                        .map(fetched -> switch (fetched) {
                            case Fetched.Unchanged() -> confirmed(known);
                            case Fetched.Opened(ArrivingContext context) -> landing(context, Outcome.FETCHED);
                        });
            }
            return onDisk.map(found -> blobs.beginUnless(
                                    found.object().etag(), route.tenant(), route.securityMode(), this::kept)
                            .flatMap(fetched -> switch (fetched) {
                                case Fetched.Unchanged() ->
                                    copied(found, Outcome.DISK).onErrorResume(unusable -> anew());
                                case Fetched.Opened(ArrivingContext context) ->
                                    Mono.just(landing(context, Outcome.FETCHED));
                            }))
                    .orElseGet(this::anew);
        }

        private Mono<Landing> anew() {
            return blobs.begin(route.tenant(), route.securityMode(), this::kept)
                    .map(context -> landing(context, Outcome.FETCHED));
        }

        private Mono<Landing> copied(DiskBlobs.Found found, Outcome outcome) {
            return blobs.beginCopy(route.tenant(), route.securityMode(), found.object(), found::open)
                    .doOnError(unusable -> {
                        if (kind(unusable) == FailureKind.CONTEXT_UNREADABLE) {
                            found.drop();
                        }
                    })
                    .map(context -> landing(context, outcome));
        }

        /** Sees a blob go by from the store, and writes it to disk where there is one. */
        private InputStream kept(StoredObject object, InputStream sealed) {
            return detached || disk.isEmpty() ? sealed : disk.get().keeping(route, object, sealed);
        }

        private Landing landing(ArrivingContext context, Outcome outcome) {
            HeldContext held = new HeldContext(context, budget);
            absences.invalidate(route.tenant());
            return new Landing(held, outcome, context.content().whole());
        }

        /** Keeps a context once it is whole; told before its memory is given back. */
        private void awaitRest(Landing landing, long askedNanos) {
            @Nullable Mono<Void> coming = landing.coming();
            if (coming != null) {
                coming.subscribe(
                        nothing -> {},
                        broken -> {
                            flights.remove(key, this);
                            noted(broken);
                            landing.context().arrived();
                        },
                        () -> {
                            keep(new Entry(landing.context(), route, askedNanos));
                            flights.remove(key, this);
                            landing.context().arrived();
                        });
            }
        }

        private Mono<Landing> staleOnDisk(Optional<DiskBlobs.Found> onDisk, Throwable error) {
            if (kind(error) != FailureKind.CONTEXT_STORE_UNAVAILABLE
                    || onDisk.isEmpty()
                    || !onDisk.get().isServableStale(route, Instant.now(), config.staleMax())) {
                return Mono.error(error);
            }
            // Not kept in memory: who comes next asks the store again, which tells at once when it is away for long.
            return blobs.beginCopy(
                            route.tenant(), route.securityMode(), onDisk.get().object(), onDisk.get()::open)
                    .map(context -> {
                        HeldContext held = new HeldContext(context, budget);
                        context.content().whole().subscribe(nothing -> {}, broken -> held.arrived(), held::arrived);
                        return new Landing(held, Outcome.STALE, null);
                    })
                    .onErrorResume(unusable -> Mono.error(error));
        }

        private Mono<Landing> stale(@Nullable Entry known, Throwable error) {
            if (known == null
                    || kind(error) != FailureKind.CONTEXT_STORE_UNAVAILABLE
                    || !known.isServableStale(route, ticker.read(), config)) {
                return Mono.error(error);
            }
            known.askedInVain(route, ticker.read());
            return Mono.just(new Landing(known.context(), Outcome.STALE, null));
        }

        private Landing confirmed(Entry known) {
            known.confirmed(route, ticker.read());
            keep(known);
            return new Landing(known.context(), Outcome.REVALIDATED, null);
        }

        /** Puts the entry in the cache, unless that was flushed meanwhile or holds one of a newer version. */
        private void keep(Entry entry) {
            entries.asMap().compute(route.tenant(), (tenant, present) -> {
                boolean isSuperseded = present != null && present != entry && present.version() > route.version();
                if (detached || isSuperseded) {
                    return present;
                }
                entry.context().cached(true);
                stillRead.drop(tenant);
                return entry;
            });
        }

        private void noted(Throwable error) {
            ContextBlobs.unreadable(error).ifPresent(reason -> {
                meters.unreadable(reason);
                log.error("the context of tenant {} cannot be opened", route.tenant(), error);
            });
            if (kind(error) == FailureKind.CONTEXT_ABSENT) {
                absences.asMap()
                        .compute(
                                route.tenant(),
                                (tenant, present) -> detached ? present : new Absence(route.version(), route.tier()));
            }
        }
    }

    /** Bytes of the cached contexts, with what the cache itself spends on them. */
    long cachedBytes() {
        return entries.policy()
                .eviction()
                .map(Policy.Eviction::weightedSize)
                .orElseThrow()
                .orElse(0);
    }

    private static FailureKind kind(Throwable error) {
        return FailureException.failureOf(error).kind();
    }
}
