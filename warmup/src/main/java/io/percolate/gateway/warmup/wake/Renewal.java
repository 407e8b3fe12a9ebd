package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.tenant.TenantId;
import reactor.core.publisher.Mono;

/** Prolongs a process's claim on a tenant. */
@FunctionalInterface
public interface Renewal {
    /** False when the claim is lost. Errors with {@code DatabaseException}. */
    Mono<Boolean> renew(TenantId tenant);
}
