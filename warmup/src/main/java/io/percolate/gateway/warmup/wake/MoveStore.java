package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import reactor.core.publisher.Mono;

/** What a planned move reads and writes beyond a wake, under the same rules. */
interface MoveStore extends WakeStore {
    /** Takes the claim on a hot tenant that nobody works on, while it is in that pod under that epoch. */
    Mono<Boolean> claimForMove(TenantId tenant, PodId pod, long epoch);

    /** Ends the claim, of a tenant that was not moved; a tenant that is moving becomes {@code settle}. Safe to repeat. */
    Mono<Boolean> release(TenantId tenant, long epoch, Residency settle);
}
