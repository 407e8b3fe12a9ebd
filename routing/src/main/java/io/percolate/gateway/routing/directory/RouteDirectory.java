package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Where each tenant lives.
 *
 * <p>A hit is a plain synchronous call; a miss is a {@code Mono} whose load is shared by all who ask at the same time.
 * Safe for use from any thread; nothing here blocks.
 */
public interface RouteDirectory {
    /** The cached entry when it may be served now, else null. Allocates nothing. */
    @Nullable
    RouteLookup cached(TenantId tenant);

    /**
     * The entry, from the cache or loaded. Never empty. Completes on any thread.
     *
     * <p>Errors with {@code FailureException} of kind {@code DIRECTORY_UNAVAILABLE} when the store does not answer
     * within its deadline and no entry within the stale bound is at hand. Cancelling it does not cancel a load that
     * others share.
     */
    Mono<RouteLookup> lookup(TenantId tenant);

    /** Like {@link #lookup}, but never older than this call: asks the store, e.g. after a pod answered 421. */
    Mono<RouteLookup> refresh(TenantId tenant);

    /**
     * Every newer version of this tenant's entry from now on, whoever caused it; starts with the current one. Bounded
     * by the subscriber, who must cancel it. Slow subscribers see the latest entry, not each one.
     */
    Flux<RouteLookup> watch(TenantId tenant);

    /** Takes in what this process has itself just written, if it is newer than what is cached. */
    void learn(TenantRoute route);

    /** How the entry came about, for people: source, age, version; null when nothing is cached. */
    @Nullable
    RouteExplanation explain(TenantId tenant);
}
