package io.percolate.gateway.proxy.sidecar.data;

import org.jspecify.annotations.Nullable;

/**
 * What a sidecar remembers of a tenant over its own end.
 *
 * @param seen the last epoch under which the tenant was asked for here; 0 if it never was
 * @param dataEpoch the epoch that the data are of; 0 where there are none
 * @param location where the data went from here; null when they went nowhere
 */
public record Placement(
        long seen, Held held, long dataEpoch, @Nullable String location) {
    /** Of a tenant that was never here. */
    public static final Placement NOTHING = new Placement(0, Held.NOTHING, 0, null);

    /** What is here of a tenant's data. */
    public enum Held {
        NOTHING,
        WHOLE,
        /** An import or a deletion is under way, or broke off: of no worth. */
        BROKEN
    }

    public boolean isWhole() {
        return held == Held.WHOLE;
    }

    public Placement seenUnder(long epoch) {
        return new Placement(Math.max(seen, epoch), held, dataEpoch, location);
    }

    /** The data here are the tenant's, as of this epoch. */
    public Placement whole(long epoch) {
        return new Placement(Math.max(seen, epoch), Held.WHOLE, epoch, null);
    }

    /** The data here do not count any more. */
    public Placement broken(long epoch, @Nullable String went) {
        return new Placement(Math.max(seen, epoch), Held.BROKEN, 0, went);
    }

    public Placement gone() {
        return new Placement(seen, Held.NOTHING, 0, location);
    }
}
