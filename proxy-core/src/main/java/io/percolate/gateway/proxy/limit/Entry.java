package io.percolate.gateway.proxy.limit;

import org.jspecify.annotations.Nullable;

/** What became of a request that asked to come in. */
enum Entry {
    ADMITTED(null),
    /** The state that it asked is no longer in use: another one has to be asked. */
    RETIRED(null),
    RATE(LimitKind.RATE),
    CONCURRENCY(LimitKind.CONCURRENCY),
    CONNECTIONS(LimitKind.CONNECTIONS),
    MONTH(LimitKind.MONTH),
    SHARE(LimitKind.SHARE);

    private final @Nullable LimitKind refusedBy;

    Entry(@Nullable LimitKind refusedBy) {
        this.refusedBy = refusedBy;
    }

    /** Null where no limit refuses it. */
    @Nullable
    LimitKind refusedBy() {
        return refusedBy;
    }
}
