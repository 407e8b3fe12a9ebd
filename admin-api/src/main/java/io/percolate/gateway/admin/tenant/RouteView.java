package io.percolate.gateway.admin.tenant;

import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where a tenant lives and what a gateway would do, as the API shows it. */
record RouteView(
        UUID tenant,
        Tier tier,
        TenantStatus status,
        Residency residency,
        long epoch,
        long version,
        String region,
        @Nullable String shardId,
        @Nullable PlacementView placement,
        WakeView wake,
        GatewayDecision gateway) {

    record PlacementView(String pod, Tier tier, String address, boolean alive, long heartbeatAgeMs) {}

    /**
     * What wakes have left behind.
     *
     * @param leaseUntil until when some process has claimed the wake; null when none has
     */
    record WakeView(
            @Nullable Instant leaseUntil,
            int failures,
            @Nullable Instant retryAt,
            @Nullable String error) {}

    static RouteView of(PlacementRow row, Duration heartbeatAgeMax) {
        TenantRoute route = row.route();
        return new RouteView(
                route.tenant().value(),
                route.tier(),
                route.status(),
                route.residency(),
                route.epoch(),
                route.version(),
                route.region(),
                route.shard(),
                placement(route.placement(), row.heartbeatAge(), heartbeatAgeMax),
                new WakeView(row.wakeLeaseUntil(), row.wakeFailures(), row.wakeRetryAt(), row.wakeError()),
                GatewayDecision.of(route));
    }

    private static @Nullable PlacementView placement(
            @Nullable Placement placement, @Nullable Duration heartbeatAge, Duration heartbeatAgeMax) {
        if (placement == null || heartbeatAge == null) {
            return null;
        }
        return new PlacementView(
                placement.pod().value(),
                placement.tier(),
                placement.address().toString(),
                heartbeatAge.compareTo(heartbeatAgeMax) <= 0,
                heartbeatAge.toMillis());
    }
}
