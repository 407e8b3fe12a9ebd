package io.percolate.gateway.routing.invalidation;

import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;

/** What a cache flush is about. */
public sealed interface FlushScope {
    record OneTenant(TenantId tenant) implements FlushScope {}

    record OneTier(Tier tier) implements FlushScope {}

    record All() implements FlushScope {}
}
