package io.percolate.gateway.bench.pod.host;

/** What came of the order to stage a tenant's files. */
public sealed interface StageOutcome {
    record IsStaged(long bytes, int files) implements StageOutcome {}

    /** The tenant is in this pod's memory, or was here under a newer epoch. */
    record IsHere(long epoch) implements StageOutcome {}

    /** As many tenants' files are staged as may be. */
    record NoRoom() implements StageOutcome {}
}
