package io.percolate.gateway.proxy.engine.websocket;

import io.percolate.gateway.proxy.engine.websocket.WebSocketTunnel.Side;
import io.percolate.gateway.proxy.record.WebSocketEnd;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** All WebSockets of the edge, over its event loops: how many there are and may be, and what became of them. */
public final class WebSocketTotals {
    /** Whether there is room for one more. */
    public enum Room {
        FREE,
        /** No more of this tenant's. */
        TENANT_FULL,
        FULL
    }

    private final int max;
    private final int tenantMax;
    private final AtomicInteger places = new AtomicInteger();
    /** Has an entry for a tenant that has places, and so never more than there are. */
    private final ConcurrentHashMap<TenantId, Integer> placesByTenant = new ConcurrentHashMap<>();

    private final AtomicInteger active = new AtomicInteger();
    private final LongAdder opened = new LongAdder();
    private final Map<WebSocketEnd, LongAdder> closed = new EnumMap<>(WebSocketEnd.class);
    private final Map<Side, LongAdder> bytes = new EnumMap<>(Side.class);

    /** @param tenantMax for tenants whose plan has no bound of its own */
    public WebSocketTotals(int max, int tenantMax) {
        this.max = max;
        this.tenantMax = tenantMax;
        for (WebSocketEnd end : WebSocketEnd.values()) {
            closed.put(end, new LongAdder());
        }
        for (Side side : Side.values()) {
            bytes.put(side, new LongAdder());
        }
    }

    /** Takes a place for a handshake; where there was one, it must be given back by {@link #leave}. */
    public Room enter(TenantId tenant, @Nullable Long planMax) {
        if (places.incrementAndGet() > max) {
            places.decrementAndGet();
            return Room.FULL;
        }
        long bound = planMax == null ? tenantMax : planMax;
        if (placesByTenant.merge(tenant, 1, Integer::sum) > bound) {
            leave(tenant);
            return Room.TENANT_FULL;
        }
        return Room.FREE;
    }

    public void leave(TenantId tenant) {
        places.decrementAndGet();
        placesByTenant.computeIfPresent(tenant, (known, open) -> open == 1 ? null : open - 1);
    }

    public void opened() {
        opened.increment();
        active.incrementAndGet();
    }

    public void closed(WebSocketEnd how) {
        active.decrementAndGet();
        Objects.requireNonNull(closed.get(how)).increment();
    }

    public void passed(Side from, int count) {
        Objects.requireNonNull(bytes.get(from)).add(count);
    }

    /** Those that are open now. */
    public int active() {
        return active.get();
    }

    public long openedCount() {
        return opened.sum();
    }

    public long closedCount(WebSocketEnd how) {
        return Objects.requireNonNull(closed.get(how)).sum();
    }

    public long passedBytes(Side from) {
        return Objects.requireNonNull(bytes.get(from)).sum();
    }
}
