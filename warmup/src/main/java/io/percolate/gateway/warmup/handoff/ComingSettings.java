package io.percolate.gateway.warmup.handoff;

import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import org.jspecify.annotations.Nullable;

/** What of a tenant's settings is about to become another, and so decides where it will belong; null for what stays. */
public record ComingSettings(
        @Nullable Tier tier,
        @Nullable String region,
        @Nullable String shard) {

    /** The route as it will be. */
    public TenantRoute applied(TenantRoute now) {
        return new TenantRoute(
                now.tenant(),
                tier == null ? now.tier() : tier,
                now.status(),
                now.securityMode(),
                now.residency(),
                now.placement(),
                now.epoch(),
                region == null ? now.region() : region,
                now.schemaName(),
                shard == null ? now.shard() : shard,
                now.version(),
                now.limits());
    }
}
