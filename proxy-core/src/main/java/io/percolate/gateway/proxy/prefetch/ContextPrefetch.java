package io.percolate.gateway.proxy.prefetch;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.context.cache.ContextCache;
import io.percolate.gateway.proxy.record.RequestObserver;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Learns from requests at which hours tenants come, and at the end of each hour fetches the contexts of those that are
 * expected in the next and are cold, into memory and onto disk. Tenants are seen by this process alone.
 *
 * <p>Bounded by contexts an hour, two at a time; their bytes by what bounds the cache, which drops first what was used
 * least.
 */
public final class ContextPrefetch implements RequestObserver {
    private static final Logger LOG = LoggerFactory.getLogger(ContextPrefetch.class);
    private static final Duration LOOK = Duration.ofMinutes(1);
    /** How long before an hour begins its tenants' contexts are fetched. */
    private static final Duration AHEAD = Duration.ofMinutes(3);

    private static final int CONCURRENCY = 2;

    private final PrefetchConfig config;
    private final ContextCache contexts;
    private final RouteDirectory routes;
    private final Clock clock;
    private final Cache<TenantId, Habit> habits;
    private final Counter fetched;
    private final Disposable.Swap running = Disposables.swap();
    private long lastRoundHour;

    public ContextPrefetch(
            PrefetchConfig config, ContextCache contexts, RouteDirectory routes, MeterRegistry registry, Clock clock) {
        this.config = config;
        this.contexts = contexts;
        this.routes = routes;
        this.clock = clock;
        this.habits = Caffeine.newBuilder().maximumSize(config.tenantsMax()).build();
        this.fetched = Counter.builder("context.prefetched")
                .description("Contexts fetched before their tenants were expected")
                .register(registry);
        this.lastRoundHour = hour();
    }

    public ContextPrefetch start() {
        running.update(Flux.interval(LOOK)
                .onBackpressureDrop()
                .concatMap(look -> isDue() ? round() : Mono.empty(), 1)
                .subscribe());
        return this;
    }

    public Mono<Void> stop() {
        return Mono.fromRunnable(running::dispose);
    }

    @Override
    public void completed(RequestTimeline timeline) {
        TenantId tenant = timeline.tenant;
        if (tenant == null) {
            return;
        }
        long hour = hour();
        Habit known = habits.getIfPresent(tenant);
        if (known == null) {
            habits.put(tenant, new Habit(hour));
        } else {
            known.came(hour);
        }
    }

    private boolean isDue() {
        long next = soon();
        if (next <= lastRoundHour) {
            return false;
        }
        lastRoundHour = next;
        return true;
    }

    /** Fetches for the hour that begins soon; yields how many. Never errors. */
    Mono<Long> round() {
        long next = soon();
        List<TenantId> expected = habits.asMap().entrySet().stream()
                .filter(habit -> habit.getValue().isExpected(next))
                .map(Map.Entry::getKey)
                .limit(config.contextsPerHour())
                .toList();
        return Flux.fromIterable(expected)
                .flatMap(this::fetch, CONCURRENCY)
                .count()
                .doOnNext(count -> {
                    fetched.increment((double) count);
                    LOG.debug("{} of {} expected tenants' contexts were fetched ahead", count, expected.size());
                });
    }

    private Mono<TenantId> fetch(TenantId tenant) {
        return routes.lookup(tenant)
                .ofType(RouteLookup.Known.class)
                .map(RouteLookup.Known::route)
                .filter(ContextPrefetch::isCold)
                .filter(route -> !contexts.isAtHand(route))
                .flatMap(contexts::get)
                .map(context -> tenant)
                .onErrorResume(unavailable -> {
                    LOG.debug("the context of tenant {} is not fetched ahead", tenant, unavailable);
                    return Mono.empty();
                });
    }

    private static boolean isCold(TenantRoute route) {
        return route.status() == TenantStatus.ACTIVE
                && switch (route.residency()) {
                    case WARM, COLD, ARCHIVED -> true;
                    case HOT, MOVING -> false;
                };
    }

    /** The hour that begins within {@link #AHEAD}, else the present one. */
    private long soon() {
        return hourOf(clock.instant().plus(AHEAD));
    }

    private long hour() {
        return hourOf(clock.instant());
    }

    private static long hourOf(Instant instant) {
        return Math.floorDiv(instant.getEpochSecond(), Duration.ofHours(1).toSeconds());
    }
}
