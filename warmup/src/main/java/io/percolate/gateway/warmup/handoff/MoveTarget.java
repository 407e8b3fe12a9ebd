package io.percolate.gateway.warmup.handoff;

import io.percolate.gateway.routing.tenant.PodId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where a moved tenant is to be hot. Its tier, region and shard bind in any case. */
public sealed interface MoveTarget {
    /** This pod and no other. */
    record Into(PodId pod) implements MoveTarget {}

    /** The best pod that is none of these. */
    record AwayFrom(Set<PodId> pods) implements MoveTarget {
        public AwayFrom {
            pods = Set.copyOf(pods);
        }
    }

    /**
     * Where its settings allow, which may be where it is.
     *
     * @param prepared the pod that was prepared for it, and is the first to be tried; null for none
     */
    record Allowed(@Nullable PodId prepared) implements MoveTarget {}
}
