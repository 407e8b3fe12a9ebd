package io.percolate.gateway.proxy.engine;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How many new connections an address may open a second, in bounded memory: addresses share buckets by their hash, so
 * that some may get less than they may, and none gets more. Safe for use from any thread.
 */
final class ArrivalRate {
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long BURST_SECONDS = 2;
    /** A power of two. */
    private static final int BUCKETS = 1 << 14;

    private final long intervalNanos;
    private final AtomicLongArray fullAtNanos;
    private final long originNanos;

    /** @param perSecond 0 for any */
    ArrivalRate(int perSecond, long nowNanos) {
        intervalNanos = perSecond == 0 ? 0 : SECOND_NANOS / perSecond;
        fullAtNanos = new AtomicLongArray(perSecond == 0 ? 0 : BUCKETS);
        originNanos = nowNanos;
    }

    /** Counts one that has come; whether it may. */
    boolean takes(long address, long nowNanos) {
        if (intervalNanos == 0) {
            return true;
        }
        int bucket = (int) ((address * 0x9E3779B97F4A7C15L) >>> 50);
        long now = nowNanos - originNanos;
        while (true) {
            long full = fullAtNanos.get(bucket);
            long after = Math.max(full, now) + intervalNanos;
            if (after - now > BURST_SECONDS * SECOND_NANOS) {
                return false;
            }
            if (fullAtNanos.compareAndSet(bucket, full, after)) {
                return true;
            }
        }
    }
}
