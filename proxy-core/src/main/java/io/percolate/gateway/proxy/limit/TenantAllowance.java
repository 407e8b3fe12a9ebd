package io.percolate.gateway.proxy.limit;

import io.percolate.gateway.proxy.usage.MonthCount;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one tenant uses of its limits in this process, over all event loops. Safe for use from any thread; takes no lock,
 * and allocates nothing once a tenant is known.
 */
public final class TenantAllowance {
    /** Of {@link #running}: it is no longer in the table, and another takes its place. */
    private static final int RETIRED = -1;

    private static final VarHandle RUNNING;
    /** New connections that may come at once, in seconds' worth. */
    private static final int CONNECTIONS_BURST_SECONDS = 2;

    private static final long SECOND_NANOS = 1_000_000_000L;

    static {
        try {
            RUNNING = MethodHandles.lookup().findVarHandle(TenantAllowance.class, "running", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final TenantLimiter limiter;
    private final RateBucket requests;
    private final @Nullable LeasedQuota lease;
    private volatile HeldLimits limits;
    private volatile @Nullable RateBucket connections;
    private volatile @Nullable Bandwidth upload;
    private volatile @Nullable Bandwidth download;
    private final boolean isShared;
    private volatile @Nullable MonthCount month;
    private volatile @Nullable Throttle throttle;
    private volatile long seenNanos;
    /** Requests under way; {@link #RETIRED} once it is out of the table. */
    private volatile int running;

    /** @param shared whether several tenants use it, so that no other gateway can be asked about it */
    TenantAllowance(TenantLimiter limiter, TenantId tenant, HeldLimits limits, boolean shared, long nowNanos) {
        this.limiter = limiter;
        this.limits = limits;
        this.requests = new RateBucket(nowNanos);
        this.isShared = shared;
        this.lease = shared ? null : limiter.newLease(tenant);
        this.seenNanos = nowNanos;
    }

    HeldLimits limits() {
        return limits;
    }

    int running() {
        return Math.max(0, running);
    }

    /** Has the limits of this route hold from now on, if they are not the same. */
    void follow(TenantRoute route) {
        if (!limits.isOf(route.tier(), route.limits())) {
            limits = limiter.held(route);
        }
    }

    /** Takes a place, which has to be given back by {@link #over} where there was one. */
    Entry enter(TenantRoute route, long nowNanos, boolean opensConnection) {
        HeldLimits now = limits;
        int gateways = limiter.gateways();
        if (opensConnection && now.connectionsPerSecond() > 0 && !connects(now, nowNanos, gateways)) {
            return Entry.CONNECTIONS;
        }
        Entry start = start(now, gateways);
        if (start != Entry.ADMITTED) {
            return start;
        }
        if (nowNanos - seenNanos > SECOND_NANOS) {
            // Seldom, for a write is seen by all loops and costs them time.
            seenNanos = nowNanos;
        }
        Throttle held = throttle;
        if (held != null && isHeld(held, nowNanos)) {
            over();
            return Entry.SHARE;
        }
        MonthCount counted = now.requestsPerMonth() == 0 ? null : month(route, nowNanos);
        if (now.requestsPerMonth() < 0 || (counted != null && counted.isSpent(now.requestsPerMonth(), nowNanos))) {
            over();
            return Entry.MONTH;
        }
        if (now.intervalNanos() > 0 && take(now, nowNanos, gateways) > 0) {
            over();
            return Entry.RATE;
        }
        if (counted != null) {
            counted.add(nowNanos);
        }
        return Entry.ADMITTED;
    }

    private boolean isHeld(Throttle held, long nowNanos) {
        if (held.isOver(nowNanos)) {
            throttle = null;
            return false;
        }
        return held.refuses(nowNanos);
    }

    /** Holds the tenant to a rate until then; answers whether it was not held to any before. */
    synchronized boolean throttle(long requestsPerSecond, long untilNanos, long nowNanos) {
        Throttle held = throttle;
        boolean isNew = held == null || held.isOver(nowNanos);
        Throttle holding = held == null || isNew ? new Throttle(nowNanos) : held;
        holding.hold(requestsPerSecond, untilNanos);
        throttle = holding;
        return isNew;
    }

    /** Kept here unless several tenants use this. */
    private @Nullable MonthCount month(TenantRoute route, long nowNanos) {
        MonthCount known = month;
        if (known == null || known.isGone()) {
            known = limiter.usage().of(route.tenant(), nowNanos);
            month = isShared ? null : known;
        }
        return known;
    }

    private long take(HeldLimits now, long nowNanos, int gateways) {
        LeasedQuota leased = lease;
        return leased == null
                ? LeasedQuota.ownShare(nowNanos, now, gateways, requests)
                : leased.take(nowNanos, now, gateways, limiter.shared(), requests);
    }

    private Entry start(HeldLimits now, int gateways) {
        long max = now.concurrentRequests() == 0
                ? Integer.MAX_VALUE - 1
                : (now.concurrentRequests() + gateways - 1) / gateways;
        while (true) {
            int at = running;
            if (at < 0) {
                return Entry.RETIRED;
            }
            if (at >= max) {
                return Entry.CONCURRENCY;
            }
            if (RUNNING.compareAndSet(this, at, at + 1)) {
                return Entry.ADMITTED;
            }
        }
    }

    private boolean connects(HeldLimits now, long nowNanos, int gateways) {
        RateBucket bucket = connections;
        if (bucket == null) {
            // Another thread may do so at the same time: one connection more.
            bucket = new RateBucket(nowNanos);
            connections = bucket;
        }
        long interval = SECOND_NANOS * gateways / now.connectionsPerSecond();
        long depth = Math.max(interval, CONNECTIONS_BURST_SECONDS * SECOND_NANOS);
        return bucket.take(nowNanos, interval, depth) == 0;
    }

    /** A request that was let in is over. */
    public void over() {
        RUNNING.getAndAdd(this, -1);
    }

    /** WebSockets that the tenant may have in one process; null where what holds for all tiers does. */
    public @Nullable Long websocketsMax() {
        HeldLimits now = limits;
        Long ofPlan = now.plan().websocketsMax();
        int ofTier = limiter.config().of(now.tier()).websocketsMax();
        return ofPlan != null ? ofPlan : ofTier == 0 ? null : Long.valueOf(ofTier);
    }

    /** Whether bytes of its requests and answers are counted. */
    public boolean hasBandwidth() {
        return limits.bandwidthBytesPerSecond() > 0;
    }

    /** From its clients. */
    public Bandwidth upload() {
        Bandwidth current = upload;
        if (current == null) {
            current = new Bandwidth(this, System.nanoTime());
            upload = current;
        }
        return current;
    }

    /** To its clients. */
    public Bandwidth download() {
        Bandwidth current = download;
        if (current == null) {
            current = new Bandwidth(this, System.nanoTime());
            download = current;
        }
        return current;
    }

    /** Counts a pause for its bandwidth. */
    public void paused() {
        limiter.meters().paused(limits.tier());
    }

    /** This gateway's part of it, in bytes a second; 0 for none. */
    long bandwidthShare() {
        long all = limits.bandwidthBytesPerSecond();
        return all == 0 ? 0 : Math.max(1, all / limiter.gateways());
    }

    /** What its answers say of its limits, beside the pod's own fields; empty unless configured. */
    public Map<String, String> toldFields() {
        return limiter.config().told() == LimitsConfig.Told.ALWAYS
                ? LimitFields.of(limits, remaining(System.nanoTime()), limiter.gateways())
                : Map.of();
    }

    /** Requests that may come at once from now. */
    long remaining(long nowNanos) {
        HeldLimits now = limits;
        if (now.intervalNanos() == 0) {
            return Long.MAX_VALUE;
        }
        LeasedQuota leased = lease;
        int gateways = limiter.gateways();
        return leased == null
                ? LeasedQuota.ownShareLeft(nowNanos, now, gateways, requests)
                : leased.remaining(nowNanos, now, gateways, requests);
    }

    /** After how many nanoseconds a request may come that was refused for its rate. */
    long retryNanos(long nowNanos) {
        HeldLimits now = limits;
        LeasedQuota leased = lease;
        int gateways = limiter.gateways();
        return leased == null
                ? LeasedQuota.ownShareWait(nowNanos, now, gateways, requests)
                : leased.waitNanos(nowNanos, now, gateways, requests);
    }

    /** Takes it out of use if nothing is forgiven by that. */
    boolean retire(long nowNanos, long idleNanos) {
        Bandwidth up = upload;
        Bandwidth down = download;
        RateBucket opened = connections;
        LeasedQuota leased = lease;
        Throttle held = throttle;
        return nowNanos - seenNanos > idleNanos
                && (held == null || held.isOver(nowNanos))
                && requests.missingNanos(nowNanos) == 0
                && (opened == null || opened.missingNanos(nowNanos) == 0)
                && (up == null || up.isAtRest(nowNanos))
                && (down == null || down.isAtRest(nowNanos))
                && (leased == null || leased.isAtRest(nowNanos))
                && RUNNING.compareAndSet(this, 0, RETIRED);
    }
}
