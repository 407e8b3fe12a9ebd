package io.percolate.gateway.proxy.resilience;

/**
 * How many requests may wait for one pod's answer at once, found out by how long the answers take.
 *
 * <p>After Netflix' Gradient2 and Envoy's adaptive concurrency: {@code limit = limit * gradient + sqrt(limit)}, smoothed,
 * where the gradient is the latency with little to do, and half as much again, by the latency now, between a half and one.
 * The latency with little to do is the least that was seen since it was measured last. It is measured anew now and then,
 * for a pod's work changes: for a few windows no more than a quarter of the limit is let in, where more would be, and the
 * rest waits its turn. While a pod has less than half of its limit to do, its latency says nothing about the limit.
 *
 * <p>Told by every event loop some ten times a second; read with every request.
 */
final class AdaptiveLimit {
    /** Of the latency with little to do that is no sign of a queue, beside half of it: what timers and pauses make. */
    private static final long TOLERANCE_NANOS = 2_000_000;

    private static final double SMOOTHING = 0.2;
    private static final int LOWERED_PARTS = 4;
    /** Of a measurement: what was sent before it is over by the first. */
    private static final int WINDOWS_SKIPPED = 1;

    private static final int WINDOWS_MEASURED = 3;

    private final int min;
    private final int max;
    private final long intervalNanos;
    private double estimate;
    private long baselineNanos;
    private long measureAtNanos;
    /** Windows of the measurement under way; -1 when there is none. */
    private int windows = -1;

    private long leastNanos;
    private volatile int limit;
    private volatile long shownBaselineNanos;

    AdaptiveLimit(PodLimits config, long nowNanos) {
        min = config.concurrencyMin();
        max = config.concurrencyMax();
        intervalNanos = config.measureInterval().toNanos();
        estimate = Math.min(max, Math.max(min, 128));
        measureAtNanos = nowNanos + intervalNanos;
        limit = config.adaptive() ? (int) estimate : Integer.MAX_VALUE;
    }

    int limit() {
        return limit;
    }

    /** The latency with little to do; 0 before anything is known. */
    long baselineNanos() {
        return shownBaselineNanos;
    }

    /**
     * Takes what one event loop has seen in a window.
     *
     * @param typicalNanos half of the answers took no longer
     * @param peak the most requests that waited at once
     */
    synchronized void observe(long typicalNanos, int peak, long nowNanos) {
        if (windows >= 0) {
            measure(typicalNanos, nowNanos);
            return;
        }
        baselineNanos = baselineNanos == 0 ? typicalNanos : Math.min(baselineNanos, typicalNanos);
        shownBaselineNanos = baselineNanos;
        boolean busy = 2 * peak >= limit;
        if (nowNanos - measureAtNanos >= 0) {
            windows = 0;
            leastNanos = Long.MAX_VALUE;
            if (busy) {
                limit = Math.max(min, (int) estimate / LOWERED_PARTS);
            }
            return;
        }
        if (busy) {
            double gradient = (1.5 * baselineNanos + TOLERANCE_NANOS) / typicalNanos;
            double next = estimate * Math.clamp(gradient, 0.5, 1.0) + Math.sqrt(estimate);
            estimate = Math.clamp((1 - SMOOTHING) * estimate + SMOOTHING * next, min, max);
            limit = (int) estimate;
        }
    }

    private void measure(long typicalNanos, long nowNanos) {
        if (windows++ >= WINDOWS_SKIPPED) {
            leastNanos = Math.min(leastNanos, typicalNanos);
        }
        if (windows == WINDOWS_SKIPPED + WINDOWS_MEASURED) {
            baselineNanos = leastNanos;
            shownBaselineNanos = baselineNanos;
            windows = -1;
            limit = (int) estimate;
            // A tenth more or less, so that pods are not measured all at once.
            measureAtNanos = nowNanos + intervalNanos + (nowNanos & 0xff) * intervalNanos / 2_560;
        }
    }
}
