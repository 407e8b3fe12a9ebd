package io.percolate.gateway.warmup.wake;

/** How a load into one pod ended. */
sealed interface LoadOutcome {
    record Hot() implements LoadOutcome {}

    record NoRoom() implements LoadOutcome {}

    record NewerEpoch(long epoch) implements LoadOutcome {}

    /** The pod says that it cannot load this tenant. */
    record Failed(String detail) implements LoadOutcome {}

    record Refused(String detail) implements LoadOutcome {}

    record Unreachable(String detail) implements LoadOutcome {}

    /** The pod was still loading at the deadline. */
    record Late() implements LoadOutcome {}
}
