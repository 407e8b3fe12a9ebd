package io.percolate.gateway.context.cache;

import io.percolate.gateway.routing.invalidation.FlushableCache;
import io.percolate.gateway.routing.tenant.TenantRoute;
import reactor.core.publisher.Mono;

/** The context of tenants, from memory or from their encrypted blobs in S3. */
public interface ContextCache extends FlushableCache {
    /**
     * The tenant's context, the rest of which may still be coming. Never empty. Completes on any thread; concurrent calls
     * for one tenant share one fetch, and cancelling one of them leaves the others alone.
     *
     * <p>Errors with {@code FailureException}: {@code CONTEXT_ABSENT}, {@code CONTEXT_UNREADABLE} (corrupt, truncated,
     * foreign), {@code CONTEXT_TOO_LARGE} or {@code CONTEXT_STORE_UNAVAILABLE}.
     */
    Mono<Context> get(TenantRoute route);

    /** Whether the tenant's context is in memory, though perhaps to be asked about. */
    boolean isAtHand(TenantRoute route);
}
