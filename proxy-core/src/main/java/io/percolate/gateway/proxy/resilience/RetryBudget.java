package io.percolate.gateway.proxy.resilience;

import java.time.Duration;

/**
 * What one event loop may spend on retries to a tier's pods: a share of its requests within a moving window, and a few
 * more. So a tier in trouble sees at most that much more load than its clients send. Not safe for use by several threads.
 *
 * <p>The window is a ring of slots that {@link #advance} turns; counting a request costs one addition.
 */
public final class RetryBudget {
    private static final int SLOTS = 10;

    private final int percent;
    private final int min;
    private final long slotNanos;
    private final int[] requests = new int[SLOTS];
    private final int[] retries = new int[SLOTS];
    private int slot;
    private long slotEndNanos;
    private int requestsInWindow;
    private int retriesInWindow;

    /** @param loops event loops that the free retries are shared by, each getting at least one where there are any */
    public RetryBudget(RetryConfig config, int loops, long nowNanos) {
        this(config.budgetPercent(), Math.ceilDiv(config.budgetMin(), loops), config.budgetWindow(), nowNanos);
    }

    RetryBudget(int percent, int min, Duration window, long nowNanos) {
        this.percent = percent;
        this.min = min;
        this.slotNanos = window.toNanos() / SLOTS;
        this.slotEndNanos = nowNanos + slotNanos;
    }

    /** Counts a request that is sent for the first time. */
    public void request() {
        requests[slot]++;
        requestsInWindow++;
    }

    /** Takes a retry out of the budget; false when it is spent. */
    public boolean tryRetry() {
        if (retriesInWindow >= Math.max(min, (int) ((long) requestsInWindow * percent / 100))) {
            return false;
        }
        retry();
        return true;
    }

    /** Counts a retry that happens in any case. */
    public void retry() {
        retries[slot]++;
        retriesInWindow++;
    }

    public int requestsInWindow() {
        return requestsInWindow;
    }

    public int retriesInWindow() {
        return retriesInWindow;
    }

    /** Forgets what the window has left behind. */
    public void advance(long nowNanos) {
        for (int turned = 0; nowNanos - slotEndNanos >= 0; turned++) {
            if (turned == SLOTS) {
                slotEndNanos = nowNanos + slotNanos;
                return;
            }
            slotEndNanos += slotNanos;
            slot = (slot + 1) % SLOTS;
            requestsInWindow -= requests[slot];
            retriesInWindow -= retries[slot];
            requests[slot] = 0;
            retries[slot] = 0;
        }
    }
}
