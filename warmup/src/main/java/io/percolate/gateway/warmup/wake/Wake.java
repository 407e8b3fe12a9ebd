package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Brings a tenant into a pod of its tier's memory.
 *
 * <p>All who ask for the same tenant at the same time share one flight in this process, and one claim across the fleet.
 * Safe for use from any thread; nothing here blocks.
 */
public interface Wake {
    /**
     * The route once the tenant is hot. Takes what the caller knew: cold, warm, archived, moving, misplaced (hot in a
     * pod of another tier), or hot where its pod no longer hosts it.
     *
     * <p>Never empty. Errors with {@code FailureException} of a {@code WAKE_*} kind, with {@code retryAfter}; a recent
     * failure is answered at once until its back-off has passed. Starts when subscribed; a subscriber that goes away
     * never cancels the wake. Completes on any thread.
     */
    Mono<TenantRoute> wake(TenantRoute known);

    /** How long a wake of this tier takes, by recent measure; for {@code Retry-After}. */
    Duration expected(Tier tier);

    /** The same where it may also be very short: what there is to expect, rather than when to come again. */
    default Duration estimate(Tier tier) {
        return expected(tier);
    }

    /**
     * Where the time of the tenant's wake has gone so far, the phase that is under way included; null when this process does
     * not work on one. A phase that has begun is never 0.
     */
    default @Nullable WakePhases progress(TenantId tenant) {
        return null;
    }

    /** Where the time of the tenant's last wake went; null when this process has not brought it about a short while ago. */
    default @Nullable WakePhases phases(TenantId tenant) {
        return null;
    }
}
