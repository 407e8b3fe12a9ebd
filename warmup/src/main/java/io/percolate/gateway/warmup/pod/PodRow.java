package io.percolate.gateway.warmup.pod;

import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;

/**
 * A tier pod as the management database knows it.
 *
 * @param capacity hot tenants at most
 * @param heartbeatAge by the database's clock
 */
public record PodRow(
        PodId id, Tier tier, PodAddress address, String region, Status status, int capacity, Duration heartbeatAge) {

    /** Where a pod stands in its life. */
    public enum Status {
        STARTING,
        /** Takes tenants. */
        READY,
        /** Keeps its tenants until they are moved, takes no new ones. */
        DRAINING,
        /** Neither beats nor answers; it may come back, with its disk. */
        LOST,
        /** Will not come back, nor will its disk. */
        GONE
    }

    /** Whether tenants may be placed there. */
    public boolean takesTenants(Duration heartbeatMax) {
        return status == Status.READY && heartbeatAge.compareTo(heartbeatMax) <= 0;
    }

    /** Whether it is taken for dead: what it held in memory is lost, and its disk is not waited for. */
    public boolean isDead(Duration deadAfter) {
        return status == Status.GONE || status == Status.LOST || heartbeatAge.compareTo(deadAfter) > 0;
    }
}
