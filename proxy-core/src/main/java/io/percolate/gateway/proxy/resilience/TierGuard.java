package io.percolate.gateway.proxy.resilience;

import io.percolate.gateway.routing.tenant.Tier;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What the pods of one tier have in common: how many there are, how many of them are ejected, and what was counted. */
public final class TierGuard {
    private final Tier tier;
    private final int ejectedPercent;
    private final int panicPercent;
    private final AtomicInteger known = new AtomicInteger();
    private final AtomicInteger ejected = new AtomicInteger();
    private final Map<EjectionReason, LongAdder> ejections = new EnumMap<>(EjectionReason.class);
    private final LongAdder ejectionsSpared = new LongAdder();
    private final LongAdder refused = new LongAdder();
    final LongAdder retries = new LongAdder();
    final LongAdder retriesRefused = new LongAdder();
    final LongAdder hedges = new LongAdder();
    final LongAdder hedgesWon = new LongAdder();
    final LongAdder healthChecks = new LongAdder();
    final LongAdder healthChecksFailed = new LongAdder();
    private volatile boolean panic;

    TierGuard(Tier tier, OutlierConfig config) {
        this.tier = tier;
        this.ejectedPercent = config.ejectedPercent(tier);
        this.panicPercent = config.panicPercent();
        for (EjectionReason reason : EjectionReason.values()) {
            ejections.put(reason, new LongAdder());
        }
    }

    public Tier tier() {
        return tier;
    }

    void podAdded() {
        known.incrementAndGet();
        look();
    }

    void podForgotten() {
        known.decrementAndGet();
        look();
    }

    /** Counts one more as ejected, unless that would be too many of them. */
    boolean tryEject(EjectionReason reason) {
        while (true) {
            int now = ejected.get();
            int most = ejectedPercent == 0 ? 0 : Math.max(1, known.get() * ejectedPercent / 100);
            if (now >= most) {
                ejectionsSpared.increment();
                return false;
            }
            if (ejected.compareAndSet(now, now + 1)) {
                Objects.requireNonNull(ejections.get(reason)).increment();
                look();
                return true;
            }
        }
    }

    void returned() {
        ejected.decrementAndGet();
        look();
    }

    private void look() {
        panic = ejected.get() * 100L > (long) known.get() * panicPercent;
    }

    /** Whether so many pods are ejected that leaving them alone would do more harm than good. */
    public boolean isPanicking() {
        return panic;
    }

    void refused() {
        refused.increment();
    }

    /** Pods that were used a short while ago. */
    public int known() {
        return known.get();
    }

    public int ejected() {
        return ejected.get();
    }

    public long ejections(EjectionReason reason) {
        return Objects.requireNonNull(ejections.get(reason)).sum();
    }

    /** Ejections that did not happen since too many pods were ejected. */
    public long ejectionsSpared() {
        return ejectionsSpared.sum();
    }

    /** Requests that an ejected pod was spared. */
    public long refusedRequests() {
        return refused.sum();
    }

    /** Requests that were sent once more. */
    public long retriesCount() {
        return retries.sum();
    }

    /** Requests that were not, since the budget was spent. */
    public long retriesRefusedCount() {
        return retriesRefused.sum();
    }

    /** Requests that were sent a second time while the first answer was late. */
    public long hedgesCount() {
        return hedges.sum();
    }

    /** Those of them whose second answer came first. */
    public long hedgesWonCount() {
        return hedgesWon.sum();
    }

    public long healthChecksCount() {
        return healthChecks.sum();
    }

    public long healthChecksFailedCount() {
        return healthChecksFailed.sum();
    }
}
