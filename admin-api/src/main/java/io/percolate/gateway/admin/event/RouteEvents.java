package io.percolate.gateway.admin.event;

import io.percolate.gateway.routing.invalidation.RouteObserver;
import io.percolate.gateway.routing.tenant.TenantId;

/**
 * Tells the feed of changed routes, {@code route.changed}, and of times when some went unheard, {@code routes.unknown};
 * passes everything on to the directory: a channel has one follower.
 */
public final class RouteEvents implements RouteObserver {
    private final ChangeFeed feed;
    private final RouteObserver directory;
    private volatile boolean wasConnected;

    public RouteEvents(ChangeFeed feed, RouteObserver directory) {
        this.feed = feed;
        this.directory = directory;
    }

    record RouteChanged(String tenant, long version) {}

    record RoutesUnknown(String reason) {}

    @Override
    public void changed(TenantId tenant, long version) {
        directory.changed(tenant, version);
        feed.publish("route.changed", new RouteChanged(tenant.toString(), version));
    }

    /** What was missed has been told as changes by now. */
    @Override
    public void connected() {
        directory.connected();
        wasConnected = true;
    }

    @Override
    public void lost(long lastHeardNanos) {
        directory.lost(lastHeardNanos);
        feed.publish("routes.unknown", new RoutesUnknown("the connection to the database was lost"));
    }

    @Override
    public void distrust() {
        directory.distrust();
        // Whatever happened before the process first listened was never promised to anybody.
        if (wasConnected) {
            feed.publish("routes.unknown", new RoutesUnknown("more changed than was told one by one"));
        }
    }

    @Override
    public void forget() {
        directory.forget();
        feed.publish("routes.unknown", new RoutesUnknown("the database has another history"));
    }
}
