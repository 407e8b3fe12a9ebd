package io.percolate.gateway.warmup.pod;

import io.percolate.gateway.routing.tenant.PodAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How many calls each pod keeps waiting, and no more than a bound. Safe for use from any thread. */
final class WaitingCalls {
    private final Map<PodAddress, Integer> counts = new ConcurrentHashMap<>();
    private final int countMax;

    /** @param countMax calls to each pod */
    WaitingCalls(int countMax) {
        this.countMax = countMax;
    }

    /** Counts one more, to be taken back by {@link #end}; false where that would be too many. */
    boolean begin(PodAddress pod) {
        // Told by the change alone: the new count may be that of others by now.
        boolean[] counted = new boolean[1];
        counts.compute(pod, (key, count) -> {
            int before = count == null ? 0 : count;
            counted[0] = before < countMax;
            return counted[0] ? Integer.valueOf(before + 1) : count;
        });
        return counted[0];
    }

    void end(PodAddress pod) {
        counts.computeIfPresent(pod, (key, count) -> count == 1 ? null : count - 1);
    }
}
