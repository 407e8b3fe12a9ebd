package io.percolate.gateway.proxy.usage;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The requests of one tenant in a month, as far as this process knows. Safe for use from any thread. */
public final class MonthCount {
    private static final long SEEN_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Since this process has known it. */
    private final AtomicLong counted = new AtomicLong();
    /** Of those, what is in {@link #ofAll}. */
    private final AtomicLong settled = new AtomicLong();
    /** Of all gateways, as of the last write. */
    private volatile long ofAll;

    private volatile long seenNanos;
    /** Whether it is no longer written, so that another has to be had. */
    private volatile boolean gone;

    MonthCount(long nowNanos) {
        seenNanos = nowNanos;
    }

    /** Whether it has come to that many. */
    public boolean isSpent(long max, long nowNanos) {
        seen(nowNanos);
        return ofAll + counted.get() - settled.get() >= max;
    }

    /** Counts one. */
    public void add(long nowNanos) {
        seen(nowNanos);
        counted.incrementAndGet();
    }

    public boolean isGone() {
        return gone;
    }

    long unsettled() {
        return counted.get() - settled.get();
    }

    /** Of those counted here so many are written, and all gateways have so many. */
    void settle(long written, long all) {
        settled.addAndGet(written);
        ofAll = all;
    }

    void beginMonth() {
        ofAll = 0;
    }

    boolean isIdle(long nowNanos, long idleNanos) {
        return nowNanos - seenNanos > idleNanos;
    }

    void go() {
        gone = true;
    }

    private void seen(long nowNanos) {
        if (nowNanos - seenNanos > SEEN_NANOS) {
            seenNanos = nowNanos;
        }
    }
}
