package io.percolate.gateway.routing.directory;

/**
 * How far entries can be trusted, by what is heard of changes.
 *
 * @param live whether every change is heard now
 * @param heardUntilNanos when not live: up to when every change was heard
 * @param distrustBeforeNanos entries whose load began before this moment may have missed changes
 * @param distrustedSinceNanos up to when those were still confirmed
 */
record Confidence(boolean live, long heardUntilNanos, long distrustBeforeNanos, long distrustedSinceNanos) {
    /** Nothing was ever heard: entries are confirmed by their own load only. */
    static Confidence none(long nowNanos) {
        return new Confidence(false, nowNanos, nowNanos, nowNanos);
    }

    Confidence connected() {
        return new Confidence(true, heardUntilNanos, distrustBeforeNanos, distrustedSinceNanos);
    }

    Confidence lost(long lastHeardNanos) {
        return new Confidence(false, lastHeardNanos, distrustBeforeNanos, distrustedSinceNanos);
    }

    Confidence distrusting(long nowNanos) {
        return new Confidence(live, heardUntilNanos, nowNanos, live ? nowNanos : heardUntilNanos);
    }

    boolean distrusts(Entry entry) {
        return entry.loadedNanos() - distrustBeforeNanos < 0;
    }

    /** Nothing speaks against the entry. */
    boolean confirms(Entry entry) {
        return live && !entry.isOutdated() && !entry.isUnverified() && !distrusts(entry);
    }

    /** Nothing speaks against the entry but that changes are not heard any more. */
    boolean confirmedUntilLost(Entry entry) {
        return !live && !entry.isOutdated() && !entry.isUnverified() && !distrusts(entry);
    }

    /** When the entry was last known to be right. */
    long confirmedNanos(Entry entry, long nowNanos) {
        if (confirms(entry)) {
            return nowNanos;
        }
        if (entry.isUnverified()) {
            return entry.loadedNanos();
        }
        long until = live ? nowNanos : heardUntilNanos;
        if (distrusts(entry)) {
            until = distrustedSinceNanos;
        }
        if (entry.isOutdated() && entry.outdatedNanos() - until < 0) {
            until = entry.outdatedNanos();
        }
        return later(entry.loadedNanos(), until);
    }

    private static long later(long a, long b) {
        return a - b > 0 ? a : b;
    }
}
