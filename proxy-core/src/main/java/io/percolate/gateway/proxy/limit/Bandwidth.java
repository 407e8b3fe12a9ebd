package io.percolate.gateway.proxy.limit;

import java.util.concurrent.TimeUnit;

/**
 * Bytes that a tenant's requests and answers may move in one direction, over all its connections to this gateway. What
 * has come is never refused: it says for how long nothing more should. Safe for use from any thread.
 */
public final class Bandwidth {
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** What may come at once after a pause: pauses end a few hundredths of a second late, and must not cost any. */
    private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final TenantAllowance allowance;
    private final RateBucket bucket;

    Bandwidth(TenantAllowance allowance, long nowNanos) {
        this.allowance = allowance;
        this.bucket = new RateBucket(nowNanos);
    }

    /** Counts bytes that were moved; for how many nanoseconds no more should be, 0 or less for none. */
    public long moved(int bytes, long nowNanos) {
        long rate = allowance.bandwidthShare();
        return rate == 0 ? 0 : bucket.charge(nowNanos, bytes * SECOND_NANOS / rate) - BURST_NANOS;
    }

    /** For how many nanoseconds nothing should be moved; 0 or less for none. */
    public long pauseNanos(long nowNanos) {
        return allowance.bandwidthShare() == 0 ? 0 : bucket.missingNanos(nowNanos) - BURST_NANOS;
    }

    boolean isAtRest(long nowNanos) {
        return bucket.missingNanos(nowNanos) == 0;
    }
}
