package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;

/** What the directory knows of a tenant id. */
public sealed interface RouteLookup {
    /** Version of this knowledge; see {@link TenantRoute#version()}. For an unknown tenant, 0 or its tombstone's. */
    long version();

    record Known(TenantRoute route) implements RouteLookup {
        @Override
        public long version() {
            return route.version();
        }
    }

    record Unknown(TenantId tenant, long version) implements RouteLookup {}
}
