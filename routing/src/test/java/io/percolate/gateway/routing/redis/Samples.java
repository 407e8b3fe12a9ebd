package io.percolate.gateway.routing.redis;

import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PlanLimits;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import org.jspecify.annotations.Nullable;

/** Routes to share. */
final class Samples {
    private Samples() {}

    static TenantRoute cold(TenantId tenant, long version) {
        return route(tenant, version, Residency.COLD, null, null, null);
    }

    static TenantRoute hot(TenantId tenant, long version) {
        return route(
                tenant,
                version,
                Residency.HOT,
                new Placement(new PodId("tier-a-7"), Tier.A, new PodAddress("fd00::7", 65_535), 42),
                "tenant_schema_ä",
                "eu-3");
    }

    private static TenantRoute route(
            TenantId tenant,
            long version,
            Residency residency,
            @Nullable Placement placement,
            @Nullable String schema,
            @Nullable String shard) {
        return new TenantRoute(
                tenant,
                Tier.A,
                TenantStatus.ACTIVE,
                SecurityMode.NODE_BASED,
                residency,
                placement,
                placement == null ? 0 : placement.epoch(),
                "default",
                schema,
                shard,
                version,
                placement == null ? PlanLimits.NONE : new PlanLimits(10L, null, null, 1L << 40, null, 0L, null));
    }
}
