package io.percolate.gateway.warmup.placement;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.warmup.pod.PodRow;

/**
 * A pod that may be given a tenant.
 *
 * @param assigned tenants that are hot there, and those for which a wake under way keeps room there
 */
public record Candidate(PodRow pod, int assigned) {
    public PodId id() {
        return pod.id();
    }

    public int free() {
        return Math.max(0, pod.capacity() - assigned);
    }

    /** Between 0 (full) and 1 (empty). */
    public double freeShare() {
        return (double) free() / pod.capacity();
    }
}
