package io.percolate.gateway.proxy.usage;

import io.percolate.gateway.routing.tenant.TenantId;
import java.time.LocalDate;
import java.util.Map;
import reactor.core.publisher.Mono;

/** Where requests of tenants are counted for good, over all gateways. */
interface UsageStore {
    /**
     * Adds a batch and answers what each of its tenants has in that month now.
     *
     * @param batch grows by one from batch to batch of a gateway; one that was added before is not added again
     * @param month its first day
     */
    Mono<Map<TenantId, Long>> add(long batch, LocalDate month, Map<TenantId, Long> requests);
}
