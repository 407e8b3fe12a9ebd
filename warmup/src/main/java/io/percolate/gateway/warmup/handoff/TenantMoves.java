package io.percolate.gateway.warmup.handoff;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** Moves hot tenants between pods, one call a tenant. */
public interface TenantMoves {
    /**
     * Prepares the target, holds the tenant's requests, lets those in flight end, flushes, assigns under the next epoch,
     * publishes, and drops the old copy. Safe to repeat after a crash at any step: it looks at where the tenant is first.
     * Errors with {@code DatabaseException} only where nothing was claimed yet. Cancelling it lets go of the claim's
     * renewal; whoever asks for the tenant next settles what was left.
     */
    Mono<MoveOutcome> move(MoveOrder order);

    /**
     * Has the pod to which these settings will bring a hot tenant fetch its data while it is served as before, so that the move
     * after the change finds them there. Nothing is claimed, announced or changed; what was fetched is never data before a load.
     * Empty where no pod was prepared, for whatever reason. Errors with {@code DatabaseException}.
     *
     * @return for {@link MoveTarget.Allowed}
     */
    default Mono<Optional<PodId>> prepare(TenantId tenant, ComingSettings coming) {
        return Mono.just(Optional.empty());
    }
}
