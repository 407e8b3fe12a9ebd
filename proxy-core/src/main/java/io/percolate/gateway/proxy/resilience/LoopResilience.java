package io.percolate.gateway.proxy.resilience;

import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** What one event loop keeps of its own: budgets of retries by tier, and its parts in the pods. On that loop only. */
public final class LoopResilience {
    /** Between two calls of {@link #tick}. */
    public static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** Of a request to tier A: below so many nobody knows what is late. */
    private static final int HEDGE_SAMPLES_MIN = 100;

    private static final int HEDGE_SAMPLES_FADE = 20_000;
    private static final double LATE_SHARE = 0.95;

    private final PodGuards guards;
    private final boolean first;
    private final RetryConfig retries;
    private final Map<Tier, RetryBudget> budgets = new EnumMap<>(Tier.class);
    private final Map<PodGuard, PodShare> shares = new HashMap<>();
    private final LatencyHistogram latencies = new LatencyHistogram();
    private long lateNanos = -1;

    /**
     * @param first whether it is the one that looks after what all share
     * @param loops how many there are
     */
    public LoopResilience(PodGuards guards, boolean first, int loops, long nowNanos) {
        this.guards = guards;
        this.first = first;
        this.retries = guards.config().retries();
        for (Tier tier : Tier.values()) {
            budgets.put(tier, new RetryBudget(retries, loops, nowNanos));
        }
    }

    public ResilienceConfig config() {
        return guards.config();
    }

    public ReplayMemory replays() {
        return guards.replays();
    }

    /** This loop's part in what is known of the pod at this address. */
    public PodShare share(Tier tier, PodAddress address, long nowNanos) {
        PodGuard guard = guards.of(tier, address);
        return shares.computeIfAbsent(guard, known -> new PodShare(known, nowNanos));
    }

    /** The same of an address that stands for more than one pod, or for a gateway: it has bounds, but is never ejected. */
    public PodShare shareOfUnassigned(Tier tier, PodAddress address, long nowNanos) {
        PodGuard guard = guards.unassigned().of(tier, address);
        return shares.computeIfAbsent(guard, known -> new PodShare(known, nowNanos));
    }

    /** Counts a request that goes to a pod of this tier for the first time. */
    public void sent(Tier tier) {
        budget(tier).request();
    }

    /** Takes a retry at the same pod out of the tier's budget; false when that is spent. */
    public boolean tryRetry(Tier tier) {
        TierGuard guard = guards.tier(tier);
        boolean granted = budget(tier).tryRetry();
        (granted ? guard.retries : guard.retriesRefused).increment();
        return granted;
    }

    /** Counts a retry that the pod has no part in: its connection was stale, or it asked for another one. */
    public void retried(Tier tier) {
        budget(tier).retry();
        guards.tier(tier).retries.increment();
    }

    /** Takes a second request beside a late one out of the tier's budget; false when that is spent. */
    public boolean tryHedge(Tier tier) {
        boolean granted = budget(tier).tryRetry();
        if (granted) {
            guards.tier(tier).hedges.increment();
        }
        return granted;
    }

    public void hedgeWon(Tier tier) {
        guards.tier(tier).hedgesWon.increment();
    }

    /** After how long a GET of this tier is sent a second time; -1 when it is not. */
    public long hedgeAfterNanos(Tier tier) {
        return tier == Tier.A ? lateNanos : -1;
    }

    /** How long the answer to a GET of this tier took. */
    public void answered(Tier tier, long latencyNanos) {
        if (retries.hedge() && tier == Tier.A) {
            latencies.record(latencyNanos);
        }
    }

    /** Does what is due from time to time. */
    public void tick(long nowNanos) {
        budgets.values().forEach(budget -> budget.advance(nowNanos));
        for (Iterator<PodShare> each = shares.values().iterator(); each.hasNext(); ) {
            PodShare share = each.next();
            share.tick(nowNanos);
            PodGuard guard = share.guard();
            if (guard.isIdle() && nowNanos - guard.usedNanos() > PodGuards.UNUSED_NANOS / 2) {
                each.remove();
            }
        }
        if (retries.hedge() && latencies.count() >= HEDGE_SAMPLES_MIN) {
            lateNanos = Math.max(retries.hedgeAfterMin().toNanos(), latencies.percentile(LATE_SHARE));
            if (latencies.count() > HEDGE_SAMPLES_FADE) {
                latencies.fade();
            }
        }
        if (first) {
            guards.sweep(nowNanos);
            guards.unassigned().sweep(nowNanos);
        }
    }

    private RetryBudget budget(Tier tier) {
        return Objects.requireNonNull(budgets.get(tier));
    }
}
