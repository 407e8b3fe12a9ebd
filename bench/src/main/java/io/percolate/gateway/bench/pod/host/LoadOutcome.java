package io.percolate.gateway.bench.pod.host;

/** What became of a call to load a tenant. */
public sealed interface LoadOutcome {
    /** It is in memory under the epoch of the call. */
    record IsHot() implements LoadOutcome {}

    /** It is being loaded; a probe tells when it is done. */
    record IsLoading() implements LoadOutcome {}

    /** The pod has seen it under a newer epoch. */
    record NewerHere(long epoch) implements LoadOutcome {}

    /** The pod is full, or about to leave. */
    record NoRoom(String reason) implements LoadOutcome {}

    /** It is being evicted. */
    record IsLeaving(long epoch) implements LoadOutcome {}
}
