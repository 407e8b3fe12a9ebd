package io.percolate.gateway.routing.tenant;

import org.jspecify.annotations.Nullable;

/**
 * All that the path of a request needs to know of a tenant, as of one version.
 *
 * @param placement the pod that hosts it (hot), that keeps its disk (warm) or that a wake has chosen; never null when
 *     hot
 * @param epoch the tenant's current epoch, 0 before its first assignment
 * @param version grows with every change of this route across the fleet, also across deletion and re-creation; an entry
 *     is only ever replaced by one with a higher version
 * @param limits of the tenant's own plan
 */
public record TenantRoute(
        TenantId tenant,
        Tier tier,
        TenantStatus status,
        SecurityMode securityMode,
        Residency residency,
        @Nullable Placement placement,
        long epoch,
        String region,
        @Nullable String schemaName,
        @Nullable String shard,
        long version,
        PlanLimits limits) {

    public TenantRoute {
        if (residency == Residency.HOT && placement == null) {
            throw new IllegalArgumentException("hot tenant " + tenant + " without a placement");
        }
    }

    /** A route of a tenant whose tier's own limits hold. */
    public TenantRoute(
            TenantId tenant,
            Tier tier,
            TenantStatus status,
            SecurityMode securityMode,
            Residency residency,
            @Nullable Placement placement,
            long epoch,
            String region,
            @Nullable String schemaName,
            @Nullable String shard,
            long version) {
        this(
                tenant,
                tier,
                status,
                securityMode,
                residency,
                placement,
                epoch,
                region,
                schemaName,
                shard,
                version,
                PlanLimits.NONE);
    }

    /** Whether a change of tier waits to be carried out: the pod that hosts this tenant belongs to another tier. */
    public boolean isMisplaced() {
        return residency == Residency.HOT && placement != null && placement.tier() != tier;
    }
}
