package io.percolate.gateway.proxy.metrics;

import io.percolate.gateway.proxy.noise.HeavyHitters;
import io.percolate.gateway.proxy.record.RequestObserver;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The busiest tenants by requests in the last whole minute; until there is one, by those since the start.
 *
 * <p>Windows, not totals: yesterday's busiest tenant would otherwise stay on the list for days. Each event loop has a
 * sketch of its own behind a lock that only a scrape ever shares with it.
 */
public final class TenantTraffic implements RequestObserver {
    private static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);
    /** A sketch is this much larger than the list, so that its counts err by little. */
    private static final int COUNTERS_PER_LISTED = 16;

    private static final int STRIPES_MAX = 64;

    private final int tenantsMax;
    private final Stripe[] stripes;

    public TenantTraffic(int tenantsMax, int eventLoops, long startNanos) {
        this.tenantsMax = tenantsMax;
        int stripeCount = Math.min(STRIPES_MAX, Integer.highestOneBit(Math.max(1, eventLoops) * 2 - 1));
        stripes = new Stripe[stripeCount];
        for (int i = 0; i < stripeCount; i++) {
            stripes[i] = new Stripe(Math.max(1, tenantsMax * COUNTERS_PER_LISTED), startNanos + WINDOW_NANOS);
        }
    }

    /** A tenant and how many requests it made. */
    public record Share(TenantId tenant, long requests) {}

    @Override
    public void completed(RequestTimeline timeline) {
        if (timeline.tenant != null && tenantsMax > 0) {
            int stripe = (int) Thread.currentThread().threadId() & (stripes.length - 1);
            stripes[stripe].saw(timeline.tenant, timeline.completedNanos);
        }
    }

    /** The busiest tenants as of {@code nowNanos}, busiest first; at most as many as wanted at construction. */
    public List<Share> busiest(long nowNanos) {
        Map<TenantId, Long> totals = new HashMap<>();
        for (Stripe stripe : stripes) {
            stripe.addTo(totals, nowNanos);
        }
        return totals.entrySet().stream()
                .map(total -> new Share(total.getKey(), total.getValue()))
                .sorted(Comparator.comparingLong(Share::requests)
                        .reversed()
                        .thenComparing(share -> share.tenant().value()))
                .limit(tenantsMax)
                .toList();
    }

    private static final class Stripe {
        private final int capacity;
        private HeavyHitters current;
        private @Nullable HeavyHitters last;
        private long windowEndNanos;

        private Stripe(int capacity, long windowEndNanos) {
            this.capacity = capacity;
            this.windowEndNanos = windowEndNanos;
            this.current = new HeavyHitters(capacity);
        }

        synchronized void saw(TenantId tenant, long nowNanos) {
            turn(nowNanos);
            current.saw(tenant, 1);
        }

        synchronized void addTo(Map<TenantId, Long> totals, long nowNanos) {
            turn(nowNanos);
            (last == null ? current : last).addTo(totals);
        }

        private void turn(long nowNanos) {
            long overdueNanos = nowNanos - windowEndNanos;
            if (overdueNanos < 0) {
                return;
            }
            last = overdueNanos < WINDOW_NANOS ? current : new HeavyHitters(capacity);
            current = new HeavyHitters(capacity);
            windowEndNanos += (overdueNanos / WINDOW_NANOS + 1) * WINDOW_NANOS;
        }
    }
}
