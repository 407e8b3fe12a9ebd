package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.routing.tenant.TenantRoute;

/**
 * A held request's leave to go to its tenant's pod; to be closed when the request is over, so that the next one may go.
 *
 * @param route the tenant's, hot
 * @param whenClosed does nothing when run again
 */
public record Released(TenantRoute route, Runnable whenClosed) implements AutoCloseable {
    @Override
    public void close() {
        whenClosed.run();
    }
}
