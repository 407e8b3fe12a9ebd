package io.percolate.gateway.admin.rebalance;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pod and who is hot there.
 *
 * @param taken places that are taken: its hot tenants, and those that wakes keep
 */
record PodLoad(PodId id, Group group, int capacity, int taken, List<HotTenant> tenants) {
    PodLoad {
        tenants = List.copyOf(tenants);
    }

    /** Pods among which tenants may be moved. */
    record Group(Tier tier, String region, @Nullable String shard) {}

    /**
     * One tenant in memory.
     *
     * @param memoryMb zero where it is not known
     * @param dataMb what a move carries over; zero where it is not known
     * @param active whether it was used a short while ago
     * @param movable whether it may be moved: nobody works on it, and it was not moved a short while ago
     */
    record HotTenant(TenantId id, int memoryMb, int dataMb, boolean active, boolean movable) {}
}
