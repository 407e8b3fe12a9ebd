package io.percolate.gateway.proxy.limit;

import java.util.concurrent.TimeUnit;

/** A rate that a tenant is held to for a while, whatever its plan says. Safe for use from any thread. */
final class Throttle {
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final RateBucket bucket;
    private volatile long intervalNanos;
    private volatile long untilNanos;

    Throttle(long nowNanos) {
        bucket = new RateBucket(nowNanos);
    }

    /** Sets the rate, and until when it holds; what was used of an earlier one stays used. */
    void hold(long requestsPerSecond, long until) {
        intervalNanos = Math.max(1, SECOND_NANOS / requestsPerSecond);
        untilNanos = until;
    }

    boolean isOver(long nowNanos) {
        return nowNanos - untilNanos >= 0;
    }

    /** Whether a request is one too many. */
    boolean refuses(long nowNanos) {
        long interval = intervalNanos;
        return bucket.take(nowNanos, interval, Math.max(interval, SECOND_NANOS)) > 0;
    }
}
