package io.percolate.gateway.warmup.eviction;

import java.util.Locale;

/** How one step of a tenant out of memory or out of its pod ended; closed, and also the metric label. */
public enum EvictionOutcome {
    /** It is warm, or cold. */
    DONE,
    /** The pod serves requests of it; nothing has changed. */
    BUSY,
    /** Its row says otherwise by now: it was used, woken, moved, or another process works on it. */
    CHANGED,
    /** The pod did not answer; what it did is found out by the next attempt, or by the tenant's wake. */
    UNREACHABLE,
    /** The pod would not, or cannot. */
    REFUSED,
    /** Another process may have taken the tenant over meanwhile. */
    LOST;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
