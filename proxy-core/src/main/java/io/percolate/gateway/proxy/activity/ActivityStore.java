package io.percolate.gateway.proxy.activity;

import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.Map;
import reactor.core.publisher.Mono;

/** Where last accesses are kept. */
interface ActivityStore {
    /**
     * Notes that each tenant was accessed this long ago. Completes with the number of tenants for which that was news;
     * errors when the store cannot be asked within its deadline.
     */
    Mono<Long> touch(Map<TenantId, Duration> ages);
}
