package io.percolate.gateway.admin.tenant;

import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.UUID;
import reactor.core.publisher.Mono;

/** Orders that a tenant in a pod's memory be handed over to a pod of another tier, which also gives it that tier. */
@FunctionalInterface
public interface TierHandOff {
    /**
     * Within the caller's transaction; the same order again is the one that is open.
     *
     * @return the migration that carries it out; errors with a {@code TENANT_BUSY} problem where another one moves the tenant
     */
    Mono<UUID> order(Statements transaction, Call call, TenantId tenant, Tier tier);
}
