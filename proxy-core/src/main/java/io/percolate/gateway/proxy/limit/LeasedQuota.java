package io.percolate.gateway.proxy.limit;

import io.percolate.gateway.routing.quota.SharedQuotas;
import io.percolate.gateway.routing.quota.SharedQuotas.Demand;
import io.percolate.gateway.routing.quota.SharedQuotas.Grant;
import io.percolate.gateway.routing.tenant.TenantId;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One gateway's part of a tenant's rate, leased in batches from what all gateways share, so that no request waits for
 * it. Safe for use from any thread; takes no lock.
 *
 * <p>Requests use up a credit, which a lease puts up again before it is gone. It may go below zero while nothing is known
 * of the others' use, or while the last answer said that there is more: such debts are settled with the next lease. So a
 * tenant of few requests is hardly ever asked about, one that begins is not refused, and in the long run all is counted.
 * While the store is away, the gateway's own share holds; what is missing in one bucket goes along when the other takes
 * over, so that there is no burst either way.
 */
final class LeasedQuota {
    /** Of the rate, for so long. */
    private static final long LEASE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    /** After an answer nothing is known of the others' use any more, and unused tokens are gone. */
    private static final long LAPSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long RETRY_MIN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long RETRY_MAX_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long UNKNOWN = -1;

    private static final VarHandle CREDIT = handle("credit", long.class);
    private static final VarHandle LAPSES = handle("lapsesNanos", long.class);
    private static final VarHandle MODE = handle("mode", int.class);
    private static final VarHandle ASKING = handle("asking", boolean.class);

    private static final int OWN_SHARE = 0;
    private static final int SWITCHING = 1;
    private static final int LEASING = 2;

    private final TenantId tenant;
    private volatile int mode = OWN_SHARE;
    private volatile boolean asking;
    private volatile long credit;
    private volatile long floor;
    private volatile long askAt;
    private volatile long lapsesNanos;
    private volatile long nextAskNanos;
    private volatile long waitUntilNanos;
    private volatile long remaining = UNKNOWN;

    LeasedQuota(TenantId tenant) {
        this.tenant = tenant;
    }

    /** Takes a token; 0 when there was one, else after how many nanoseconds there may be. */
    long take(long nowNanos, HeldLimits limits, int gateways, SharedQuotas shared, RateBucket own) {
        if (!shared.isUp()) {
            if (mode == LEASING) {
                leave(nowNanos, limits, gateways, own);
            }
            return ownShare(nowNanos, limits, gateways, own);
        }
        if (mode != LEASING && !enter(nowNanos, limits, gateways, own)) {
            return ownShare(nowNanos, limits, gateways, own);
        }
        if (nowNanos - lapsesNanos > 0) {
            lapse(nowNanos, limits, gateways);
        }
        long before = (long) CREDIT.getAndAdd(this, -1L);
        if (before > floor) {
            if (before - 1 <= askAt) {
                ask(nowNanos, limits, gateways, shared);
            }
            return 0;
        }
        CREDIT.getAndAdd(this, 1L);
        ask(nowNanos, limits, gateways, shared);
        return Math.max(waitUntilNanos - nowNanos, limits.intervalNanos());
    }

    /** Takes a token of this gateway's own part. */
    static long ownShare(long nowNanos, HeldLimits limits, int gateways, RateBucket own) {
        long interval = limits.intervalNanos() * gateways;
        return own.take(nowNanos, interval, Math.max(limits.depthNanos(), interval));
    }

    /** Tokens that all gateways had together when it was last told, or that this one still has by itself. */
    long remaining(long nowNanos, HeldLimits limits, int gateways, RateBucket own) {
        if (mode == LEASING) {
            return remaining == UNKNOWN
                    ? Math.max(0, limits.burst() + Math.min(0, credit))
                    : Math.clamp(remaining + credit, 0, limits.burst());
        }
        return ownShareLeft(nowNanos, limits, gateways, own);
    }

    /** Tokens of this gateway's own part that are there. */
    static long ownShareLeft(long nowNanos, HeldLimits limits, int gateways, RateBucket own) {
        long interval = limits.intervalNanos() * gateways;
        return Math.max(0, (Math.max(limits.depthNanos(), interval) - own.missingNanos(nowNanos)) / interval);
    }

    /** Until there is a token of this gateway's own part. */
    static long ownShareWait(long nowNanos, HeldLimits limits, int gateways, RateBucket own) {
        long interval = limits.intervalNanos() * gateways;
        return Math.max(0, own.missingNanos(nowNanos) + interval - Math.max(limits.depthNanos(), interval));
    }

    /** Until there may be a token. */
    long waitNanos(long nowNanos, HeldLimits limits, int gateways, RateBucket own) {
        return mode == LEASING
                ? Math.max(waitUntilNanos - nowNanos, limits.intervalNanos())
                : ownShareWait(nowNanos, limits, gateways, own);
    }

    /** Whether nothing is lost with it. */
    boolean isAtRest(long nowNanos) {
        return !asking && (mode != LEASING || nowNanos - lapsesNanos > 0);
    }

    private boolean enter(long nowNanos, HeldLimits limits, int gateways, RateBucket own) {
        if (!MODE.compareAndSet(this, OWN_SHARE, SWITCHING)) {
            return mode == LEASING;
        }
        credit = -(own.missingNanos(nowNanos) / (limits.intervalNanos() * gateways));
        waitUntilNanos = nowNanos;
        nextAskNanos = nowNanos;
        lapsesNanos = nowNanos + LAPSE_NANOS;
        forget(limits, gateways);
        mode = LEASING;
        return true;
    }

    private void leave(long nowNanos, HeldLimits limits, int gateways, RateBucket own) {
        if (!MODE.compareAndSet(this, LEASING, SWITCHING)) {
            return;
        }
        long share = share(limits, gateways);
        long known = remaining;
        double missing = known == UNKNOWN ? Math.max(0, -credit) / (double) share : 1 - known / (double) limits.burst();
        own.empty(nowNanos, (long) (Math.clamp(missing, 0, 1) * limits.depthNanos()));
        mode = OWN_SHARE;
    }

    private void lapse(long nowNanos, HeldLimits limits, int gateways) {
        long before = lapsesNanos;
        if (nowNanos - before > 0 && LAPSES.compareAndSet(this, before, nowNanos + LAPSE_NANOS)) {
            long unused = credit;
            if (unused > 0) {
                CREDIT.getAndAdd(this, -unused);
            }
            forget(limits, gateways);
        }
    }

    /** Nothing is known of the others' use: there is the gateway's own share, and few requests need no asking. */
    private void forget(HeldLimits limits, int gateways) {
        long share = share(limits, gateways);
        remaining = UNKNOWN;
        floor = -share;
        askAt = -Math.clamp(share / 4, 1, wanted(limits, gateways));
    }

    private void ask(long nowNanos, HeldLimits limits, int gateways, SharedQuotas shared) {
        if (nowNanos - nextAskNanos < 0 || !ASKING.compareAndSet(this, false, true)) {
            return;
        }
        long settled = Math.max(0, -credit);
        long wanted = wanted(limits, gateways);
        shared.lease(
                new Demand(tenant, limits.intervalNanos() / 1e3, limits.burst(), settled, wanted),
                grant -> answered(grant, settled, wanted, gateways));
    }

    private void answered(@Nullable Grant grant, long settled, long wanted, int gateways) {
        long now = System.nanoTime();
        if (grant == null) {
            nextAskNanos = now + RETRY_MIN_NANOS;
        } else {
            remaining = grant.remaining();
            floor = -(grant.remaining() / (2L * gateways));
            askAt = wanted / 2;
            waitUntilNanos = now + grant.waitNanos();
            // Where there is not enough for all, each asks as often as the others, and so gets as much.
            nextAskNanos = grant.tokens() == wanted
                    ? now
                    : now + Math.clamp(grant.waitNanos(), RETRY_MIN_NANOS, RETRY_MAX_NANOS);
            lapsesNanos = now + LAPSE_NANOS;
            CREDIT.getAndAdd(this, settled + grant.tokens());
        }
        asking = false;
    }

    private static long wanted(HeldLimits limits, int gateways) {
        long part = limits.requestsPerSecond() * LEASE_NANOS / TimeUnit.SECONDS.toNanos(1);
        return Math.clamp(part, 1, Math.max(1, limits.burst() / (2L * gateways)));
    }

    private static long share(HeldLimits limits, int gateways) {
        return Math.max(1, limits.burst() / gateways);
    }

    private static VarHandle handle(String field, Class<?> type) {
        try {
            return MethodHandles.lookup().findVarHandle(LeasedQuota.class, field, type);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }
}
