package io.percolate.gateway.warmup.placement;

import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.pod.PodRow;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Rows for tests of decisions. */
final class Rows {
    static final TenantId TENANT = TenantId.of("018f2f5e-7c1a-7d7e-9b9e-3f0a5d1c2b4a");
    static final long EPOCH = 7;
    static final String SNAPSHOT = "s3://bucket/tenants/t/7.snapshot";

    private Rows() {}

    static PodRow pod(String id, Tier tier) {
        return pod(id, tier, PodRow.Status.READY, Duration.ofSeconds(1));
    }

    static PodRow pod(String id, Tier tier, int capacity) {
        return new PodRow(
                new PodId(id),
                tier,
                new PodAddress("10.0.0.1", 8000),
                "default",
                PodRow.Status.READY,
                capacity,
                Duration.ofSeconds(1));
    }

    static PodRow pod(String id, Tier tier, PodRow.Status status, Duration heartbeatAge) {
        return new PodRow(new PodId(id), tier, new PodAddress("10.0.0.1", 8000), "default", status, 8, heartbeatAge);
    }

    static TenantRow tenant(
            Tier tier,
            Residency residency,
            @Nullable PodRow pod,
            @Nullable PodRow source,
            @Nullable String dataLocation) {
        TenantRoute route = new TenantRoute(
                TENANT,
                tier,
                TenantStatus.ACTIVE,
                SecurityMode.NODE_BASED,
                residency,
                pod == null ? null : new Placement(pod.id(), pod.tier(), pod.address(), EPOCH),
                EPOCH,
                "default",
                null,
                null,
                1);
        return new TenantRow(route, pod, source, dataLocation, null, Duration.ZERO, 0, Duration.ZERO, null);
    }
}
