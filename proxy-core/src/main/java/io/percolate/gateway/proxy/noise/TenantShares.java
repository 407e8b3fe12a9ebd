package io.percolate.gateway.proxy.noise;

import io.percolate.gateway.proxy.record.RequestObserver;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What each tenant takes of this gateway, counted in windows.
 *
 * <p>Each event loop counts in sketches of its own behind a lock that only the end of a window ever shares with it; a
 * request allocates nothing here.
 */
public final class TenantShares implements RequestObserver {
    /** A sketch is this much larger than the list, so that its counts err by little. */
    private static final int COUNTERS_PER_LISTED = 16;

    private static final int STRIPES_MAX = 64;
    private static final int SERVER_ERRORS = 500;
    private static final long NANOS_PER_MICRO = 1_000;

    private final int listed;
    private final Stripe[] stripes;
    private volatile TopTenants top = TopTenants.NONE;
    private long windowNanos;

    /** @param listed how many tenants are named of each measure, at most */
    public TenantShares(int listed, int eventLoops, long nowNanos) {
        this.listed = listed;
        this.windowNanos = nowNanos;
        stripes = new Stripe[Math.min(STRIPES_MAX, Integer.highestOneBit(Math.max(1, eventLoops) * 2 - 1))];
        for (int i = 0; i < stripes.length; i++) {
            stripes[i] = new Stripe(Math.max(1, listed) * COUNTERS_PER_LISTED);
        }
    }

    @Override
    public void completed(RequestTimeline timeline) {
        TenantId tenant = timeline.tenant;
        if (tenant != null) {
            stripes[(int) Thread.currentThread().threadId() & (stripes.length - 1)].add(tenant, timeline);
        }
    }

    /** The last whole window; empty before there is one. */
    public TopTenants top() {
        return top;
    }

    /** Ends a window; by one thread. */
    public TopTenants turn(long nowNanos) {
        Map<TenantMeasure, List<TopTenants.Share>> shares = new EnumMap<>(TenantMeasure.class);
        Map<TenantMeasure, Long> totals = new EnumMap<>(TenantMeasure.class);
        List<Counts> counted = new ArrayList<>();
        for (Stripe stripe : stripes) {
            counted.add(stripe.turn());
        }
        for (TenantMeasure measure : TenantMeasure.values()) {
            long total = 0;
            Map<TenantId, Long> byTenant = new HashMap<>();
            for (Counts counts : counted) {
                HeavyHitters sketch = counts.of(measure);
                total += sketch.total();
                sketch.addTo(byTenant);
            }
            totals.put(measure, total);
            shares.put(measure, top(byTenant, total));
        }
        counted.forEach(Counts::clear);
        TopTenants ended = new TopTenants(Duration.ofNanos(nowNanos - windowNanos), shares, totals);
        windowNanos = nowNanos;
        top = ended;
        return ended;
    }

    private List<TopTenants.Share> top(Map<TenantId, Long> byTenant, long total) {
        return byTenant.entrySet().stream()
                .filter(each -> each.getValue() > 0)
                .map(each -> new TopTenants.Share(
                        each.getKey(), each.getValue(), Math.min(1, each.getValue() / (double) total)))
                .sorted(Comparator.comparingLong(TopTenants.Share::value)
                        .reversed()
                        .thenComparing(share -> share.tenant().value()))
                .limit(listed)
                .toList();
    }

    /** The sketches of one window. */
    private static final class Counts {
        private final Map<TenantMeasure, HeavyHitters> sketches = new EnumMap<>(TenantMeasure.class);

        private Counts(int capacity) {
            for (TenantMeasure measure : TenantMeasure.values()) {
                sketches.put(measure, new HeavyHitters(capacity));
            }
        }

        private HeavyHitters of(TenantMeasure measure) {
            return Objects.requireNonNull(sketches.get(measure));
        }

        private void clear() {
            sketches.values().forEach(HeavyHitters::clear);
        }
    }

    /** What one event loop counts; two windows of it, in turn, the one that has ended being read meanwhile. */
    private static final class Stripe {
        private Counts current;
        private Counts ended;

        private Stripe(int capacity) {
            current = new Counts(capacity);
            ended = new Counts(capacity);
        }

        private synchronized void add(TenantId tenant, RequestTimeline timeline) {
            current.of(TenantMeasure.REQUESTS).saw(tenant, 1);
            if (timeline.status >= SERVER_ERRORS || timeline.status == 0) {
                current.of(TenantMeasure.ERRORS).saw(tenant, 1);
            }
            long until = timeline.firstByteNanos == 0 ? timeline.completedNanos : timeline.firstByteNanos;
            current.of(TenantMeasure.LATENCY).saw(tenant, Math.max(0, until - timeline.startedNanos) / NANOS_PER_MICRO);
            long bytes = timeline.requestBodyBytes + timeline.responseBodyBytes;
            if (bytes > 0) {
                current.of(TenantMeasure.BYTES).saw(tenant, bytes);
            }
        }

        private synchronized Counts turn() {
            Counts whole = current;
            current = ended;
            ended = whole;
            return whole;
        }
    }
}
