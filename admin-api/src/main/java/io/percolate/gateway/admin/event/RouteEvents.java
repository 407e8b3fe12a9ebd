package io.percolate.gateway.admin.event;

import io.percolate.gateway.routing.invalidation.RouteObserver;
import io.percolate.gateway.routing.tenant.TenantId;

/** Tells the feed of changed routes: {@code route.changed}, and {@code routes.unknown} where some went unheard. */
public final class RouteEvents implements RouteObserver {
    private final ChangeFeed feed;

    public RouteEvents(ChangeFeed feed) {
        this.feed = feed;
    }

    record RouteChanged(String tenant, long version) {}

    record RoutesUnknown(String reason) {}

    @Override
    public void changed(TenantId tenant, long version) {
        feed.publish("route.changed", new RouteChanged(tenant.toString(), version));
    }

    /** What was missed has been told as changes by now. */
    @Override
    public void connected() {}

    @Override
    public void lost(long lastHeardNanos) {
        feed.publish("routes.unknown", new RoutesUnknown("the connection to the database was lost"));
    }

    @Override
    public void distrust() {
        feed.publish("routes.unknown", new RoutesUnknown("more changed than was told one by one"));
    }

    @Override
    public void forget() {
        feed.publish("routes.unknown", new RoutesUnknown("the database has another history"));
    }
}
