package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Tells the second level, now and then, that routes in use are still right, however long ago they were loaded.
 *
 * <p>Its values age from the last time that a gateway vouched for them; a route that never changes would be too old to
 * serve just when PostgreSQL is down. Each is told of about twice within the stale bound, a few at a time. For one thread.
 */
final class SharedTouch {
    /** Entries looked at in one step at most and at least. */
    private static final int STEP_MAX = 8_192;

    private static final int STEP_MIN = 64;

    private final RouteCache cache;
    private final SharedRoutes shared;
    private final long roundNanos;
    private final long stepNanos;
    private final LongSupplier nanoClock;
    private Iterator<Map.Entry<TenantId, Entry>> round = Collections.emptyIterator();
    private long roundBegunNanos;
    private int stepEntries;

    /** @param stepInterval how often {@link #step} is called */
    SharedTouch(
            RouteCache cache, SharedRoutes shared, Duration staleMax, Duration stepInterval, LongSupplier nanoClock) {
        this.cache = cache;
        this.shared = shared;
        this.roundNanos = staleMax.toNanos() / 2;
        this.stepNanos = stepInterval.toNanos();
        this.nanoClock = nanoClock;
        this.roundBegunNanos = nanoClock.getAsLong();
    }

    /** Goes on with the round, or begins the next one where it is time. */
    void step() {
        if (shared.equals(SharedRoutes.NONE) || roundNanos == 0) {
            return;
        }
        long now = nanoClock.getAsLong();
        if (!round.hasNext()) {
            if (now - roundBegunNanos < roundNanos) {
                return;
            }
            roundBegunNanos = now;
            round = cache.all();
            // Done by the middle of the round, so that entries which come meanwhile delay none.
            long steps = Math.max(1, roundNanos / 2 / stepNanos);
            stepEntries = Math.clamp(cache.size() / steps, STEP_MIN, STEP_MAX);
        }
        List<RouteLookup> right = new ArrayList<>();
        for (int i = 0; i < stepEntries && round.hasNext(); i++) {
            Entry entry = round.next().getValue();
            if (entry.isKnown() && cache.isConfirmedInUse(entry)) {
                right.add(entry.lookup());
            }
        }
        if (!right.isEmpty()) {
            shared.offer(right);
        }
    }
}
