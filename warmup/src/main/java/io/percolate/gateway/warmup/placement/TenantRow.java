package io.percolate.gateway.warmup.placement;

import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.pod.PodRow;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A tenant's row, with all that a wake reads of it.
 *
 * @param pod hosts the tenant (hot), keeps its disk (warm), or was chosen by a wake
 * @param source keeps the newest data on its disk until {@code pod} has loaded it; null when there is no such other pod
 * @param dataLocation the last snapshot in S3
 * @param owner the process whose claim is alive
 * @param leaseLeft of that claim
 * @param failures of wakes, in a row
 * @param retryIn until a wake may be tried again; zero when it may
 */
public record TenantRow(
        TenantRoute route,
        @Nullable PodRow pod,
        @Nullable PodRow source,
        @Nullable String dataLocation,
        @Nullable UUID owner,
        Duration leaseLeft,
        int failures,
        Duration retryIn,
        @Nullable String error) {

    /** The same tenant by another route. */
    public TenantRow withRoute(TenantRoute other) {
        return new TenantRow(other, pod, source, dataLocation, owner, leaseLeft, failures, retryIn, error);
    }

    public TenantId tenant() {
        return route.tenant();
    }

    public Tier tier() {
        return route.tier();
    }

    public Residency residency() {
        return route.residency();
    }

    public long epoch() {
        return route.epoch();
    }

    /** Hot in a pod of its own tier. */
    public boolean isInPlace() {
        return residency() == Residency.HOT && !route.isMisplaced();
    }
}
