package io.percolate.gateway.bench.pod;

import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;

/** What is known of one tenant's data from outside: the last number that a pod has accepted. */
final class RaceTenant {
    private static final int OLD_ROUTES_MAX = 4;

    private final TenantId id;
    /** Of one client, who sends a request when the last one is answered. */
    final ReentrantLock client = new ReentrantLock();

    final Deque<TenantRoute> oldRoutes = new ArrayDeque<>();
    long sent;
    long acceptedAtLeast;

    RaceTenant(TenantId id) {
        this.id = id;
    }

    TenantId id() {
        return id;
    }

    void used(TenantRoute route) {
        oldRoutes.addLast(route);
        if (oldRoutes.size() > OLD_ROUTES_MAX) {
            oldRoutes.removeFirst();
        }
    }
}
