package io.percolate.gateway.proxy.pod;

import java.net.URI;

/** What became of a call to store a snapshot of a tenant. */
public sealed interface SnapshotOutcome {
    /** It is stored there, and here, too. */
    record IsStored(URI dataLocation) implements SnapshotOutcome {}

    /** It is not at rest here under that epoch; nothing was changed. */
    record NotStill(String state, long epoch) implements SnapshotOutcome {}

    /** There is no vault; nothing was changed. */
    record NoVault() implements SnapshotOutcome {}
}
