package io.percolate.gateway.routing.invalidation;

import io.percolate.gateway.routing.tenant.TenantId;

/** One who keeps routes and is told of their changes. Nothing here blocks or throws. */
public interface RouteObserver {
    /** The tenant's route has this version now, or a later one. */
    void changed(TenantId tenant, long version);

    /** Every change is reported from now on, and those of the past have been. */
    void connected();

    /**
     * Changes may go unreported from now on.
     *
     * @param lastHeardNanos {@code System.nanoTime} up to which they were reported
     */
    void lost(long lastHeardNanos);

    /** Any route may have changed before now, unreported. */
    void distrust();

    /** Versions known so far mean nothing any more: the database has another history. */
    void forget();
}
