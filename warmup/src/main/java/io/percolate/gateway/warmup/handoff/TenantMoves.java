package io.percolate.gateway.warmup.handoff;

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
}
