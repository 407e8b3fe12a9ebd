package io.percolate.gateway.proxy.cold;

import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;

/**
 * How many held requests are let through to one pod at once, over all its tenants: a pod that was just given many tenants
 * takes them in turn, one request each, however many of one tenant wait.
 */
final class PodGate {
    private final int concurrency;
    /** Tenants that have requests to let go and found no room, in the order in which they are asked again. */
    private final LinkedHashSet<TenantHold> waiting = new LinkedHashSet<>();

    private int inFlight;

    PodGate(int concurrency) {
        this.concurrency = concurrency;
    }

    /** Takes room for one request; false when there is none, and the tenant is told when there is. */
    synchronized boolean enter(TenantHold tenant) {
        if (inFlight < concurrency) {
            inFlight++;
            return true;
        }
        waiting.add(tenant);
        return false;
    }

    /** One request is over; the tenant that waits for longest goes on. */
    void leave() {
        synchronized (this) {
            inFlight--;
        }
        // A tenant whose requests have all gone away by now takes no room, and the next one is asked.
        for (TenantHold next = next(); next != null; next = next()) {
            next.release();
        }
    }

    private synchronized @Nullable TenantHold next() {
        return inFlight < concurrency && !waiting.isEmpty() ? waiting.removeFirst() : null;
    }
}
