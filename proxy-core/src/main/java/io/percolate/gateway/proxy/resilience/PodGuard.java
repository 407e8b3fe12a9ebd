package io.percolate.gateway.proxy.resilience;

import io.percolate.gateway.proxy.resilience.PodStatus.State;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process knows of one pod: whether it is well, how much it has under way, and how much it may have.
 *
 * <p>Shared by all event loops. A request to a pod that is well costs three atomic additions to one word and some reads;
 * only what goes wrong takes the lock.
 */
public final class PodGuard {
    private static final Logger LOG = LoggerFactory.getLogger(PodGuard.class);

    private static final long IN_USE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int SUSPICIONS_MAX = 1_000;
    /** Success rates that differ by less are no reason to leave a pod alone. */
    private static final double RATE_DIFFERENCE_MIN = 0.05;

    /** What a pod that comes back may have at once at first. */
    private static final int RETURNING_LIMIT = 4;

    private final TierGuard tier;
    private final PodAddress address;
    private final OutlierConfig outliers;
    private final HealthConfig health;
    private final AdaptiveLimit limit;
    private final PodLoad load;
    private final CheckRecord checks;
    private final ErrorStreak streak;
    private final TenantOutcomes outcomes = new TenantOutcomes();
    /** Tenants of whom was told during this ejection that their pod is suspect. */
    private final Set<TenantId> suspicions = new HashSet<>();

    private volatile State state = State.SERVING;
    private volatile boolean failing;
    private volatile int unreachable;
    private volatile @Nullable EjectionReason reason;
    private volatile @Nullable PodId pod;
    private volatile long changedNanos;
    private volatile long ejectedUntilNanos;
    private volatile long usedNanos;
    private volatile long latencyNanos;
    private int ejections;

    PodGuard(TierGuard tier, PodAddress address, ResilienceConfig config, long nowNanos) {
        this.tier = tier;
        this.address = address;
        this.outliers = config.outliers();
        this.health = config.health();
        this.load = new PodLoad(config.limits().of(tier.tier()));
        this.checks = new CheckRecord(health);
        this.limit = new AdaptiveLimit(config.limits(), nowNanos);
        this.streak = new ErrorStreak(outliers);
        this.usedNanos = nowNanos;
    }

    public PodAddress address() {
        return address;
    }

    public TierGuard tier() {
        return tier;
    }

    /** Who has the address now; another pod than before starts with a clean record. */
    public void belongsTo(PodId id) {
        PodId before = pod;
        if (!id.equals(before)) {
            renamed(id);
        }
    }

    private synchronized void renamed(PodId id) {
        boolean another = pod != null;
        pod = id;
        if (another) {
            streak.end();
            failing = false;
            unreachable = 0;
            checks.forget();
            ejections = 0;
            outcomes.clear();
            if (state == State.EJECTED) {
                tier.returned();
            }
            state = State.SERVING;
        }
    }

    /**
     * Why nothing is to be sent there now; null when it may be.
     *
     * @param nowNanos read only where the pod has been ejected before
     */
    public @Nullable EjectionReason ejection(long nowNanos) {
        if (state != State.EJECTED) {
            return null;
        }
        if (nowNanos - ejectedUntilNanos >= 0 && !checks.isUnhealthy()) {
            comeBack(nowNanos);
            return null;
        }
        return tier.isPanicking() ? null : reason;
    }

    /** Counts a request that is kept from the pod; answers when it makes sense to come again. */
    public Duration refused(long nowNanos) {
        tier.refused();
        long left = Math.max(
                ejectedUntilNanos - nowNanos,
                checks.isUnhealthy() ? health.interval().toNanos() : 0);
        return Duration.ofNanos(Math.max(left, 1));
    }

    /** Whether the tenant's wake should hear that this pod is suspect: once for each tenant and ejection. */
    public synchronized boolean isNewsFor(TenantId tenant) {
        return suspicions.size() < SUSPICIONS_MAX && suspicions.add(tenant);
    }

    /** Lets one more request in; answers how many wait with it, or -1 when it has to wait for its turn. */
    int tryEnter(long nowNanos) {
        return load.tryEnter(limitAt(nowNanos));
    }

    /** Whether one more request would be let in. */
    boolean hasRoom(long nowNanos) {
        return load.hasRoom(limitAt(nowNanos));
    }

    private int limitAt(long nowNanos) {
        int most = limit.limit();
        if (state != State.RETURNING) {
            return most;
        }
        long since = nowNanos - changedNanos;
        long whole = outliers.reentry().toNanos();
        if (since >= whole) {
            settled();
            return most;
        }
        int target = Math.min(most, load.openMax());
        return (int) Math.min(target, RETURNING_LIMIT + (double) target * since / whole);
    }

    private synchronized void settled() {
        if (state == State.RETURNING) {
            state = State.SERVING;
        }
    }

    void answered() {
        load.answered();
    }

    void ended() {
        load.ended();
    }

    void left() {
        load.left();
    }

    /** Whether one more connection may be opened, which has to be told to {@link #connectionClosed}. */
    public boolean tryConnect() {
        return load.tryConnect();
    }

    public void connectionClosed() {
        load.connectionClosed();
    }

    /** Whether one more request may wait, which has to be told to {@link #noLongerPending}. */
    public boolean tryPend() {
        return load.tryPend();
    }

    public void noLongerPending() {
        load.noLongerPending();
    }

    void succeeded() {
        if (failing) {
            endStreak();
        }
    }

    private synchronized void endStreak() {
        failing = false;
        streak.end();
    }

    synchronized void failed(TenantId tenant, boolean gateway, long nowNanos) {
        failing = true;
        EjectionReason due = streak.add(tenant, gateway);
        if (due != null) {
            eject(due, nowNanos);
        }
    }

    /** A connection was accepted. */
    public void reachable() {
        if (unreachable != 0) {
            unreachable = 0;
        }
    }

    /** A connection was not accepted, or not in time. */
    public synchronized void unreachable(long nowNanos) {
        int inARow = unreachable + 1;
        unreachable = inARow;
        int most = state == State.RETURNING ? 1 : outliers.consecutiveConnects();
        if (outliers.consecutiveConnects() > 0 && inARow >= most) {
            eject(EjectionReason.UNREACHABLE, nowNanos);
        }
    }

    /**
     * Whether a health check is to begin now, which has to be told to {@link #checked} or {@link #notChecked}: a pod is
     * asked while it is in use, and while it is ejected. By one event loop only.
     */
    public boolean takeCheck(long nowNanos, long random) {
        boolean wanted = state == State.EJECTED || nowNanos - usedNanos < IN_USE_NANOS;
        return wanted && checks.takeCheck(nowNanos, random);
    }

    /** A health check came to no verdict. */
    public void notChecked() {
        checks.over();
    }

    /** A health check has ended. */
    public synchronized void checked(boolean well, long nowNanos) {
        tier.healthChecks.increment();
        if (!well) {
            tier.healthChecksFailed.increment();
        }
        switch (checks.add(well)) {
            case NONE -> {}
            // It may have been spared before, since too many others were ejected.
            case STILL_UNHEALTHY, NOW_UNHEALTHY -> eject(EjectionReason.HEALTH_CHECK, nowNanos);
            case NOW_HEALTHY -> {
                EjectionReason why = reason;
                if (state == State.EJECTED && why != null && why.isAbsence()) {
                    comeBack(nowNanos);
                }
            }
        }
    }

    private void eject(EjectionReason why, long nowNanos) {
        if (state == State.EJECTED) {
            return;
        }
        unreachable = 0;
        streak.end();
        if (!tier.tryEject(why)) {
            return;
        }
        reason = why;
        suspicions.clear();
        changedNanos = nowNanos;
        long nanos = outliers.ejectionNanos(ejections++);
        ejectedUntilNanos = nowNanos + nanos;
        state = State.EJECTED;
        LOG.warn(
                "pod {} at {} of tier {} is left alone for {} ms: {}",
                pod,
                address,
                tier.tier(),
                nanos / 1_000_000,
                why);
    }

    private synchronized void comeBack(long nowNanos) {
        if (state == State.EJECTED) {
            state = State.RETURNING;
            changedNanos = nowNanos;
            unreachable = 0;
            tier.returned();
            LOG.info("pod {} at {} of tier {} is given requests again", pod, address, tier.tier());
        }
    }

    /** Takes what one event loop has counted. */
    synchronized void merge(TenantOutcomes of, long nowNanos) {
        outcomes.takeFrom(of);
        usedNanos = nowNanos;
    }

    /** Takes what one event loop has seen of the latency in a window. */
    void observe(long typicalNanos, int peak, long nowNanos) {
        latencyNanos = typicalNanos;
        limit.observe(typicalNanos, peak, nowNanos);
    }

    /** The success rate since the last look; -1 when there were too few requests. */
    synchronized double takeSuccessRate() {
        double rate = outcomes.requests() < outliers.successRateRequestsMin()
                ? -1
                : outcomes.successRate(outliers.tenantsMin() - 1);
        outcomes.clear();
        return rate;
    }

    synchronized void compare(double rate, double mean, double deviation, long nowNanos) {
        double least = mean - deviation * outliers.successRateDeviationPercent() / 100;
        if (rate < least && mean - rate >= RATE_DIFFERENCE_MIN) {
            eject(EjectionReason.SUCCESS_RATE, nowNanos);
        }
    }

    /** A pod that has been well for a while is trusted more. */
    synchronized void forgive(long nowNanos) {
        if (state == State.SERVING && ejections > 0 && nowNanos - changedNanos > outliers.ejectionNanos(ejections)) {
            ejections--;
            changedNanos = nowNanos;
        } else {
            // Also where no request comes that would look.
            ejection(nowNanos);
            limitAt(nowNanos);
        }
    }

    /** Since when no request has been sent there, give or take a tick. */
    long usedNanos() {
        return usedNanos;
    }

    /** Whether anything of it is in use. */
    boolean isIdle() {
        return load.isNone();
    }

    boolean isEjected() {
        return state == State.EJECTED;
    }

    synchronized PodStatus status(long nowNanos) {
        // Also where no request has come since that would have seen that its return is over.
        limitAt(nowNanos);
        boolean ejected = state == State.EJECTED;
        int most = limit.limit();
        return new PodStatus(
                tier.tier(),
                pod,
                address,
                state,
                reason,
                ejected ? Duration.ofNanos(Math.max(0, ejectedUntilNanos - nowNanos)) : Duration.ZERO,
                ejected && tier.isPanicking(),
                ejections,
                checks.health(),
                most == Integer.MAX_VALUE ? null : most,
                load.waiting(),
                load.open(),
                load.connections(),
                load.pending(),
                Duration.ofNanos(latencyNanos),
                Duration.ofNanos(limit.baselineNanos()));
    }
}
