package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Mono;

/**
 * A second level that many gateways share, asked about tenants that this process does not know before PostgreSQL is.
 *
 * <p>What it says may be outdated. It is served at once, as a route that nothing confirms yet, while PostgreSQL is asked
 * whether its version is still the latest; and within the stale bound while PostgreSQL is down. It never replaces a route
 * of a higher version, and is not asked where a higher version is known to exist.
 */
public interface SharedRoutes {
    /** No second level. */
    SharedRoutes NONE = new SharedRoutes() {
        @Override
        public Mono<List<Shared>> find(List<TenantId> tenants) {
            return Mono.just(List.of());
        }

        @Override
        public void offer(List<RouteLookup> loaded) {
            // Nobody to take it.
        }
    };

    /**
     * A lookup that some gateway has shared.
     *
     * @param age since a gateway last knew it to be right; negative counts as zero
     */
    record Shared(RouteLookup lookup, Duration age) {}

    /**
     * What is known of these tenants, in any order; the others are left out. Answers within a deadline of milliseconds of
     * its own, never errors and is never empty; no answer at all is an empty list. Completes on any thread.
     */
    Mono<List<Shared>> find(List<TenantId> tenants);

    /** Takes in what PostgreSQL has just said. Returns at once, and keeps neither list nor thread. */
    void offer(List<RouteLookup> loaded);
}
