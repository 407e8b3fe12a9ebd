package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.warmup.placement.Assignment;
import io.percolate.gateway.warmup.placement.Candidate;
import io.percolate.gateway.warmup.placement.TenantRow;
import io.percolate.gateway.warmup.placement.TierGrowth;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * What a wake reads and writes, on behalf of one process.
 *
 * <p>Every write but the claim holds only while this process holds the claim and the epoch is the given one; else it
 * changes nothing and says so. Leases run by the store's own clock. Errors with {@code DatabaseException}.
 */
interface WakeStore extends Renewal {
    /**
     * Takes the tenant's wake if nobody has it, its back-off is over, and it needs one: it is not hot in its own tier,
     * or it is and the caller knew that very version when it asked.
     */
    Mono<ClaimOutcome> claim(TenantRoute known);

    /** Begins the work when it may go to the store: at once, unless work waits for its turn. */
    default <T> Mono<T> inTurn(Mono<T> work) {
        return work;
    }

    /** The tenant as its row is now; empty where there is no such tenant. */
    Mono<Optional<TenantRow>> find(TenantId tenant);

    /** Pods of this tier and region that take tenants, with the room they have when this tenant is not counted. */
    Mono<List<Candidate>> candidates(TenantRow row);

    /** The same as of a moment ago, which many that ask at once share: room that is counted here is counted again later. */
    default Mono<List<Candidate>> recentCandidates(TenantRow row) {
        return candidates(row);
    }

    /** What is done about there being no room for this tenant. */
    Mono<TierGrowth> growth(TenantRow row);

    /** The same as of a moment ago. */
    default Mono<TierGrowth> recentGrowth(TenantRow row) {
        return growth(row);
    }

    Mono<Assignment.Outcome> assign(Assignment assignment);

    /** Announces that a hot tenant is being handed off: gateways hold its requests from now on. */
    Mono<Boolean> startMoving(TenantId tenant, long epoch);

    /** Makes the tenant hot where it was assigned, and ends the claim. Safe to repeat; empty when the claim is lost. */
    Mono<Optional<TenantRow>> publish(TenantId tenant, PodId pod, long epoch);

    /** Records a failure and ends the claim; the row then, or empty when the claim was lost. */
    Mono<Optional<TenantRow>> fail(Failed failed);

    /**
     * A wake that failed.
     *
     * @param settle what a tenant that is moving becomes
     */
    record Failed(TenantId tenant, long epoch, Residency settle, Duration retryIn, String error) {}
}
