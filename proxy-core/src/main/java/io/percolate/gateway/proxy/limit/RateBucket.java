package io.percolate.gateway.proxy.limit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A rate with a burst: the generic cell rate algorithm (ITU-T I.371, annex A), whose whole state is the time at which
 * the bucket is full again. Safe for use from any thread; takes no lock and allocates nothing.
 */
final class RateBucket {
    private static final VarHandle FULL_AT;

    static {
        try {
            FULL_AT = MethodHandles.lookup().findVarHandle(RateBucket.class, "fullAtNanos", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private volatile long fullAtNanos;

    /** A full one. */
    RateBucket(long nowNanos) {
        fullAtNanos = nowNanos;
    }

    /**
     * Takes one token.
     *
     * @param intervalNanos in which one comes
     * @param depthNanos in which an empty one fills up; at least one interval
     * @return 0 when there was one, else after how many nanoseconds there will be
     */
    long take(long nowNanos, long intervalNanos, long depthNanos) {
        while (true) {
            long full = fullAtNanos;
            long from = full - nowNanos > 0 ? full : nowNanos;
            long after = from + intervalNanos;
            long early = after - nowNanos - depthNanos;
            if (early > 0) {
                return early;
            }
            if (FULL_AT.compareAndSet(this, full, after)) {
                return 0;
            }
        }
    }

    /** Takes this much whether or not it is there; answers for how long it has to fill up again, in all. */
    long charge(long nowNanos, long costNanos) {
        while (true) {
            long full = fullAtNanos;
            long after = (full - nowNanos > 0 ? full : nowNanos) + costNanos;
            if (FULL_AT.compareAndSet(this, full, after)) {
                return after - nowNanos;
            }
        }
    }

    /** For how long it has to fill up again; 0 when it is full. */
    long missingNanos(long nowNanos) {
        return Math.max(0, fullAtNanos - nowNanos);
    }

    /** Has it miss this much. */
    void empty(long nowNanos, long missingNanos) {
        fullAtNanos = nowNanos + missingNanos;
    }
}
