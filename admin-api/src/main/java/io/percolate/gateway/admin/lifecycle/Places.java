package io.percolate.gateway.admin.lifecycle;

import io.percolate.gateway.routing.tenant.Tier;
import io.r2dbc.spi.Readable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The places for hot tenants in the living pods, and who waits for one.
 *
 * @param pods each with its places
 * @param waiting wakes without a place, by tier and region
 */
record Places(List<Pod> pods, Map<Group, Integer> waiting) {
    /** Pods that a tenant may be placed in. */
    record Group(Tier tier, String region) {}

    /**
     * One pod.
     *
     * @param taken places that hot tenants have or wakes keep
     * @param leaving of those, places that are about to be left
     */
    record Pod(String id, Group group, int capacity, int taken, int leaving, int hot) {
        static Pod of(Readable row) {
            return new Pod(
                    required(row, "id", String.class),
                    groupOf(row),
                    required(row, "capacity", Integer.class),
                    required(row, "taken", Integer.class),
                    required(row, "leaving", Integer.class),
                    required(row, "hot", Integer.class));
        }

        /** Tenants beyond its capacity, which may have been lowered since they came. */
        int excess() {
            return Math.max(0, taken - leaving - capacity);
        }

        int free() {
            return Math.max(0, capacity - taken + leaving);
        }
    }

    static Map.Entry<Group, Integer> waiting(Readable row) {
        return Map.entry(groupOf(row), required(row, "waiting", Integer.class));
    }

    /** What is to be evicted: from single pods, and from any pod of a group. */
    sealed interface Need {
        Tier tier();

        int tenants();
    }

    record OfPod(Tier tier, String pod, int tenants) implements Need {}

    record OfGroup(Tier tier, String region, int tenants) implements Need {}

    /** Nothing where there is room enough. */
    List<Need> needs(int freePercent) {
        List<Need> needs = new ArrayList<>();
        Map<Group, int[]> sums = new HashMap<>();
        for (Pod pod : pods) {
            if (pod.excess() > 0) {
                needs.add(new OfPod(pod.group().tier(), pod.id(), pod.excess()));
            }
            int[] sum = sums.computeIfAbsent(pod.group(), group -> new int[2]);
            sum[0] += pod.capacity();
            sum[1] += pod.free();
        }
        sums.forEach((group, sum) -> {
            int kept = (sum[0] * freePercent + 99) / 100;
            int missing = Math.max(kept, waiting.getOrDefault(group, 0)) - sum[1];
            if (missing > 0) {
                needs.add(new OfGroup(group.tier(), group.region(), missing));
            }
        });
        return needs;
    }

    private static Group groupOf(Readable row) {
        return new Group(Tier.valueOf(required(row, "tier", String.class)), required(row, "region", String.class));
    }

    private static <T> T required(Readable row, String column, Class<T> type) {
        return Objects.requireNonNull(row.get(column, type), column);
    }
}
