package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.directory.RouteExplanation.Source;

/**
 * One lookup as it is kept. The lookup never changes; what is known about its worth does.
 */
final class Entry {
    private final RouteLookup lookup;
    private final Source source;
    private final long loadedNanos;

    /** The newest version that is known to exist; above the lookup's own, the lookup is outdated. */
    private volatile long newestVersion;

    private volatile long outdatedNanos;
    private volatile boolean reloadFailed;
    private volatile long reloadFailedNanos;
    private volatile long reloadedNanos;

    /**
     * @param loadedNanos when the load began: the lookup was true at some moment after
     * @param newestVersion the newest version that this tenant is known to have had
     */
    Entry(RouteLookup lookup, Source source, long loadedNanos, long newestVersion, long outdatedNanos) {
        this.lookup = lookup;
        this.source = source;
        this.loadedNanos = loadedNanos;
        this.newestVersion = newestVersion;
        this.outdatedNanos = outdatedNanos;
        this.reloadedNanos = loadedNanos;
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

    boolean isOutdated() {
        return newestVersion > lookup.version();
    }

    long newestVersion() {
        return newestVersion;
    }

    long outdatedNanos() {
        return outdatedNanos;
    }

    /** Whether the last attempt to replace it failed, so that it is the best there is. */
    boolean hasReloadFailed() {
        return reloadFailed;
    }

    /** A newer version exists. */
    synchronized void outdate(long version, long nowNanos) {
        if (version <= newestVersion) {
            return;
        }
        if (!isOutdated()) {
            outdatedNanos = nowNanos;
        }
        newestVersion = version;
        reloadFailed = false;
    }

    boolean hasReloadFailedSince(long nanos) {
        return reloadFailed && reloadFailedNanos - nanos > 0;
    }

    void reloadFailed(long nowNanos) {
        reloadFailedNanos = nowNanos;
        reloadFailed = true;
    }

    /** Whether it is time to try a reload in the background; then the next one is due after another interval. */
    boolean takeReloadDue(long nowNanos, long intervalNanos) {
        if (nowNanos - reloadedNanos < intervalNanos) {
            return false;
        }
        // Two threads may both pass: their reloads share one flight.
        reloadedNanos = nowNanos;
        return true;
    }
}
