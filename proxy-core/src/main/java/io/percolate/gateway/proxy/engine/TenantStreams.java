package io.percolate.gateway.proxy.engine;

import io.netty.channel.EventLoop;
import io.percolate.gateway.proxy.path.RequestPath;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;

/**
 * What one event loop has open that would keep a tenant in its pod: WebSockets, streams of events, calls of gRPC. Each
 * tenant that has any is watched, and when it moves they are told to come again, spread so that not all come at once.
 */
final class TenantStreams {
    private static final Logger LOG = LoggerFactory.getLogger(TenantStreams.class);
    /** How long the ending of a tenant's streams takes at most: a part of how long its requests are held. */
    private static final long SPREAD_MAX_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long SPREAD_EACH_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** A delay that is not worth a timer. */
    private static final long SOON_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final EventLoop loop;
    private final RequestPath path;
    private final LongSupplier random;
    private final Map<TenantId, OfTenant> byTenant = new HashMap<>();

    TenantStreams(EventLoop loop, RequestPath path, LongSupplier random) {
        this.loop = loop;
        this.path = path;
        this.random = random;
    }

    void add(TenantId tenant, HttpExchange stream) {
        OfTenant known = byTenant.get(tenant);
        if (known != null) {
            known.streams.add(stream);
            return;
        }
        OfTenant begun = new OfTenant(tenant);
        begun.streams.add(stream);
        byTenant.put(tenant, begun);
        begun.watch();
    }

    /** Fine where it was never added. */
    void remove(@Nullable TenantId tenant, HttpExchange stream) {
        OfTenant known = tenant == null ? null : byTenant.get(tenant);
        if (known != null && known.streams.remove(stream) && known.streams.isEmpty()) {
            byTenant.remove(tenant);
            known.watching.dispose();
        }
    }

    /** The streams of one tenant. */
    private final class OfTenant {
        private final TenantId tenant;
        private final Set<HttpExchange> streams = Collections.newSetFromMap(new IdentityHashMap<>());
        private final Disposable.Swap watching = Disposables.swap();

        OfTenant(TenantId tenant) {
            this.tenant = tenant;
        }

        void watch() {
            watching.update(path.placements(tenant)
                    .subscribe(
                            route -> loop.execute(() -> placed(route)),
                            error -> LOG.debug("tenant {} is not watched: its streams keep it busy", tenant, error)));
        }

        private void placed(TenantRoute route) {
            long spread = Math.min(SPREAD_MAX_NANOS, streams.size() * SPREAD_EACH_NANOS);
            for (HttpExchange stream : new ArrayList<>(streams)) {
                if (isLeft(route, stream.timeline().pod)) {
                    long delay = Math.floorMod(random.getAsLong(), spread);
                    if (delay <= SOON_NANOS) {
                        stream.tenantMoves();
                    } else {
                        loop.schedule(stream::tenantMoves, delay, TimeUnit.NANOSECONDS);
                    }
                }
            }
        }

        private boolean isLeft(TenantRoute route, @Nullable PodId pod) {
            return route.residency() == Residency.MOVING
                    || (route.residency() == Residency.HOT
                            && route.placement() != null
                            && !route.placement().pod().equals(pod));
        }
    }
}
