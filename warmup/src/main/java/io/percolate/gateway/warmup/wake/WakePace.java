package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How fast this process begins wakes of each tier: a second's worth at once, then evenly. A tier whose tenants all come back
 * together thereby leaves the database and the pods to the others.
 *
 * <p>The generic cell rate algorithm (ITU-T I.371): one instant a tier, at which its next wake would be due.
 */
final class WakePace {
    private static final long BURST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Map<Tier, Long> intervalNanos = new EnumMap<>(Tier.class);
    private final Map<Tier, AtomicLong> dueNanos = new EnumMap<>(Tier.class);
    private final long waitMaxNanos;

    /**
     * @param perSecond wakes of each tier
     * @param waitMax beyond which a wake is refused rather than delayed
     */
    WakePace(Map<Tier, Integer> perSecond, Duration waitMax, long nowNanos) {
        for (Tier tier : Tier.values()) {
            intervalNanos.put(tier, TimeUnit.SECONDS.toNanos(1) / Objects.requireNonNull(perSecond.get(tier)));
            dueNanos.put(tier, new AtomicLong(nowNanos - BURST_NANOS));
        }
        this.waitMaxNanos = waitMax.toNanos();
    }

    /** How long one more wake has to wait for its turn, which it thereby takes; empty when that is too long. */
    OptionalLong turn(Tier tier, long nowNanos) {
        AtomicLong due = Objects.requireNonNull(dueNanos.get(tier));
        long interval = Objects.requireNonNull(intervalNanos.get(tier));
        while (true) {
            long before = due.get();
            long mine = before - (nowNanos - BURST_NANOS) < 0 ? nowNanos - BURST_NANOS : before;
            long wait = Math.max(0, mine + interval - nowNanos);
            if (wait > waitMaxNanos) {
                return OptionalLong.empty();
            }
            if (due.compareAndSet(before, mine + interval)) {
                return OptionalLong.of(wait);
            }
        }
    }
}
