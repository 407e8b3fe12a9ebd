package io.percolate.gateway.proxy.pod;

/** What became of a call to load a tenant. */
public sealed interface LoadOutcome {
    /** It is hot under the epoch of the call. */
    record IsHot() implements LoadOutcome {}

    /** It is being loaded; a view tells when it is done. */
    record IsLoading() implements LoadOutcome {}

    /** It was seen here under a newer epoch. */
    record NewerHere(long epoch) implements LoadOutcome {}

    /** All places are taken, or the pod is about to leave. */
    record NoRoom(String reason) implements LoadOutcome {}

    /** It is just being evicted, or requests of its former epoch are in flight. */
    record IsLeaving(long epoch) implements LoadOutcome {}
}
