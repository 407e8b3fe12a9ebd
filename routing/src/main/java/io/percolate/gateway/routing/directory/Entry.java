package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.directory.RouteExplanation.Source;
import org.jspecify.annotations.Nullable;

/**
 * One lookup as it is kept. The lookup never changes; what is known about its worth does.
 *
 * <p>There may be a million of these: 32 bytes each, and a {@link Doubt} for the few that something speaks against.
 */
final class Entry {
    private final RouteLookup lookup;
    private final Source source;
    private final long loadedNanos;

    private volatile @Nullable Doubt doubt;

    /** The tick of the last use; a lost update costs nothing, so it is plain. */
    private int usedTick;

    /** What speaks against an entry; guarded by the entry where several fields change. */
    private static final class Doubt {
        /** The newest version that is known to exist; above the lookup's own, the lookup is outdated. */
        private volatile long newestVersion;

        private volatile long outdatedNanos;
        private volatile boolean reloadFailed;
        private volatile long reloadFailedNanos;
        private volatile long reloadedNanos;

        private Doubt(long newestVersion, long reloadedNanos) {
            this.newestVersion = newestVersion;
            this.reloadedNanos = reloadedNanos;
        }
    }

    /**
     * @param loadedNanos when the load began: the lookup was true at some moment after
     * @param newestVersion the newest version that this tenant is known to have had
     * @param outdatedNanos since when that has been known, where it is above the lookup's own
     */
    Entry(RouteLookup lookup, Source source, long loadedNanos, long newestVersion, long outdatedNanos, int usedTick) {
        this.lookup = lookup;
        this.source = source;
        this.loadedNanos = loadedNanos;
        this.usedTick = usedTick;
        if (newestVersion > lookup.version()) {
            Doubt outdated = new Doubt(newestVersion, loadedNanos);
            outdated.outdatedNanos = outdatedNanos;
            this.doubt = outdated;
        }
    }

    RouteLookup lookup() {
        return lookup;
    }

    Source source() {
        return source;
    }

    long loadedNanos() {
        return loadedNanos;
    }

    boolean isKnown() {
        return lookup instanceof RouteLookup.Known;
    }

    /** Whether it came from a store that may be behind, and PostgreSQL has not confirmed it yet. */
    boolean isUnverified() {
        return source == Source.SHARED;
    }

    void use(int tick) {
        if (usedTick != tick) {
            usedTick = tick;
        }
    }

    int usedTick() {
        return usedTick;
    }

    boolean isOutdated() {
        Doubt known = doubt;
        return known != null && known.newestVersion > lookup.version();
    }

    long newestVersion() {
        Doubt known = doubt;
        return known == null ? lookup.version() : Math.max(known.newestVersion, lookup.version());
    }

    /** Since when it has been outdated, where it is. */
    long outdatedNanos() {
        Doubt known = doubt;
        return known == null ? loadedNanos : known.outdatedNanos;
    }

    /** Whether the last attempt to replace it failed, so that it is the best there is. */
    boolean hasReloadFailed() {
        Doubt known = doubt;
        return known != null && known.reloadFailed;
    }

    boolean hasReloadFailedSince(long nanos) {
        Doubt known = doubt;
        return known != null && known.reloadFailed && known.reloadFailedNanos - nanos > 0;
    }

    /** A newer version exists. */
    synchronized void outdate(long version, long nowNanos) {
        if (version <= newestVersion()) {
            return;
        }
        Doubt known = doubted();
        if (!isOutdated()) {
            known.outdatedNanos = nowNanos;
        }
        known.newestVersion = version;
        known.reloadFailed = false;
    }

    synchronized void reloadFailed(long nowNanos) {
        Doubt known = doubted();
        known.reloadFailedNanos = nowNanos;
        known.reloadFailed = true;
    }

    /** Whether it is time to try a reload in the background; then the next one is due after another interval. */
    boolean takeReloadDue(long nowNanos, long intervalNanos) {
        Doubt known = doubt;
        if (nowNanos - (known == null ? loadedNanos : known.reloadedNanos) < intervalNanos) {
            return false;
        }
        synchronized (this) {
            // Two threads may both come here: their reloads share one flight.
            doubted().reloadedNanos = nowNanos;
        }
        return true;
    }

    private Doubt doubted() {
        Doubt known = doubt;
        if (known == null) {
            known = new Doubt(lookup.version(), loadedNanos);
            doubt = known;
        }
        return known;
    }
}
