package io.percolate.gateway.warmup.handoff;

import io.percolate.gateway.routing.tenant.PodId;
import java.time.Duration;

/** What came of a {@link MoveOrder}. Only {@link Moved} and {@link InPlace} leave the tenant where the order wants it. */
public sealed interface MoveOutcome {
    /** @param held from the announcement to the publication: how long requests waited at most */
    record Moved(PodId from, PodId to, long epoch, Duration held) implements MoveOutcome {}

    /** It is there already, or (with {@link MoveTarget.AwayFrom}) in none of those pods. */
    record InPlace(PodId pod, long epoch) implements MoveOutcome {}

    /** Warm, cold or archived: there is nothing to hand over; its next wake places it. */
    record NotHot() implements MoveOutcome {}

    /** Its requests did not end within the bound; it stays where it was. */
    record Busy() implements MoveOutcome {}

    /** No pod that the order allows has room. */
    record NoRoom() implements MoveOutcome {}

    /** Another process works on the tenant, or it changed meanwhile; worth another look soon. */
    record Contended() implements MoveOutcome {}

    /**
     * Rolled back, or left for its next wake to settle.
     *
     * @param detail for operators
     */
    record Failed(String detail) implements MoveOutcome {}

    /** There is no such tenant, or it is deleted or suspended. */
    record NotServed() implements MoveOutcome {}
}
