package io.percolate.gateway.admin.scaling;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A pod of a tier as the cluster tells of it.
 *
 * @param incarnation unlike that of a pod that had the same name before
 * @param host its address; null while it has none
 * @param capacity hot tenants at most, by its environment; 0 where that does not say
 * @param obstacle what keeps it from getting ready; null when nothing is known to
 */
public record ClusterPod(
        String name,
        String incarnation,
        @Nullable String host,
        int capacity,
        Phase phase,
        Instant createdAt,
        @Nullable Obstacle obstacle) {
    /** Where it stands. */
    public enum Phase {
        STARTING,
        READY,
        /** Told to stop, and perhaps still serving. */
        TERMINATING,
        /** Its containers are gone for good. */
        ENDED
    }

    boolean isComing() {
        return phase == Phase.STARTING || phase == Phase.READY;
    }
}
