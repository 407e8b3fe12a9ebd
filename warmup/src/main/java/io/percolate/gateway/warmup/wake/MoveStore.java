package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.warmup.placement.TenantRow;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** What a planned move reads and writes beyond a wake, under the same rules. */
interface MoveStore extends WakeStore {
    /** The tenant as its row is now; empty where there is no such tenant. */
    Mono<Optional<TenantRow>> find(TenantId tenant);

    /** Takes the claim on a hot tenant that nobody works on, while it is in that pod under that epoch. */
    Mono<Boolean> claimForMove(TenantId tenant, PodId pod, long epoch);

    /** Ends the claim, of a tenant that was not moved; a tenant that is moving becomes {@code settle}. Safe to repeat. */
    Mono<Boolean> release(TenantId tenant, long epoch, Residency settle);
}
