package io.percolate.gateway.warmup.wake;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.time.Duration;
import java.util.Optional;

/**
 * Failures whose back-off has not passed, so that requests meanwhile are answered at once and cost nothing.
 *
 * <p>One is forgotten as soon as a caller knows a newer version of the tenant's route: then things have changed.
 */
final class RecentFailures {
    private static final long TENANTS_MAX = 100_000;
    /** A client is never told to come back at once. */
    private static final Duration RETRY_AFTER_MIN = Duration.ofMillis(1);

    private final WakeClock clock;
    private final Cache<TenantId, Entry> entries =
            Caffeine.newBuilder().maximumSize(TENANTS_MAX).build();

    RecentFailures(WakeClock clock) {
        this.clock = clock;
    }

    /** @param version of the route when the failure was recorded */
    void record(TenantId tenant, Failure failure, Duration backoff, long version) {
        entries.put(tenant, new Entry(failure, clock.now() + backoff.toNanos(), version));
    }

    void forget(TenantId tenant) {
        entries.invalidate(tenant);
    }

    /** The failure that still stands, with what is left of its back-off. */
    Optional<Failure> recent(TenantRoute known) {
        Entry entry = entries.getIfPresent(known.tenant());
        if (entry == null) {
            return Optional.empty();
        }
        Duration left = Duration.ofNanos(entry.untilNanos - clock.now());
        if (known.version() > entry.version || left.compareTo(RETRY_AFTER_MIN) < 0) {
            entries.asMap().remove(known.tenant(), entry);
            return Optional.empty();
        }
        return Optional.of(entry.failure.withRetryAfter(left));
    }

    private record Entry(Failure failure, long untilNanos, long version) {}
}
