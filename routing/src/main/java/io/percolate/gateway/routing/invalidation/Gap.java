package io.percolate.gateway.routing.invalidation;

/** What a listener may have missed before it was connected. */
public sealed interface Gap {
    /**
     * Every transaction that {@code changed_xid >= xmin} finds.
     *
     * @param xmin {@code pg_snapshot_xmin} of a moment up to which every notification has arrived
     */
    record Since(String xmin) implements Gap {}

    /** Nobody knows: this process has not listened before. */
    record Unknown() implements Gap {}

    /** The database is another one than before, or one that has lost its latest transactions: versions start over. */
    record OtherHistory() implements Gap {}
}
