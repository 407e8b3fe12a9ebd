package io.percolate.gateway.warmup.placement;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.warmup.pod.PodRow;
import org.jspecify.annotations.Nullable;

/** What a wake has to do, once the pods have been asked. */
public sealed interface Plan {
    /** It is hot already, under its epoch, where the row says. */
    record Confirm(PodRow pod) implements Plan {}

    /**
     * Load it into a pod with room; one that is in a pod's memory already, there, with room or without.
     *
     * @param holder the pod whose disk must not be forgotten before another has the data, even if it seems dead
     * @param preferred has the data, or a part of it
     */
    record Place(
            DataSource data,
            @Nullable PodId holder,
            @Nullable PodId preferred) implements Plan {}

    /**
     * Evict it from a pod that must not keep it, then load it elsewhere.
     *
     * @param epoch the epoch under which that pod holds it
     * @param serves whether the pod serves it right now, so that it is left there if the hand-off fails early
     * @param preferred the pod to try first; null for any
     */
    record HandOff(
            PodRow from,
            long epoch,
            boolean serves,
            @Nullable PodId preferred) implements Plan {}

    /**
     * Nothing can be done now.
     *
     * @param mayPass whether it may be otherwise in a moment: a pod that is away comes back
     */
    record GiveUp(Failure failure, boolean mayPass) implements Plan {}
}
