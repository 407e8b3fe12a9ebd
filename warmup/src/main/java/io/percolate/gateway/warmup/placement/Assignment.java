package io.percolate.gateway.warmup.placement;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.warmup.pod.PodRow;
import org.jspecify.annotations.Nullable;

/**
 * A tenant given to a pod under the next epoch.
 *
 * @param epoch the tenant's epoch as this wake knows it; any other means that the claim is lost
 * @param epochFloor the new epoch is above this one too, which a pod is known to have seen
 * @param alternative another pod, which gets the tenant where it has more room by now; null when the first is meant
 * @param holder the pod whose disk has the newest data, which may be one of these; null when there is none
 * @param intoRoom whether the pod must be alive and have room; a tenant goes back to where it was in any case
 */
public record Assignment(
        TenantId tenant,
        long epoch,
        long epochFloor,
        PodRow pod,
        @Nullable PodRow alternative,
        @Nullable PodId holder,
        boolean intoRoom) {

    /** What came of it. */
    public sealed interface Outcome {}

    public record Assigned(long epoch, PodRow pod) implements Outcome {}

    /** The pods filled up, or went away, since they were chosen. */
    public record NoRoomLeft() implements Outcome {}

    public record ClaimLost() implements Outcome {}
}
