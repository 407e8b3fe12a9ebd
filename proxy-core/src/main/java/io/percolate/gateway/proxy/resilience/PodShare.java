package io.percolate.gateway.proxy.resilience;

import io.percolate.gateway.routing.tenant.TenantId;

/**
 * One event loop's part in what is known of a pod, told to the {@link PodGuard} now and then. Not safe for use by several
 * threads.
 *
 * <p>A request {@linkplain #tryEnter enters}, is {@linkplain #answering answered} and has {@linkplain #ended ended}; or it
 * leaves before its answer, {@linkplain #failed} by the pod or {@linkplain #abandoned} by others.
 */
public final class PodShare {
    private static final long WINDOW_NANOS = 100_000_000L;
    private static final int SAMPLES_MIN = 10;
    private static final int SERVER_ERRORS = 500;

    private final PodGuard guard;
    private final LatencyHistogram latency = new LatencyHistogram();
    private final TenantOutcomes outcomes = new TenantOutcomes();
    private long windowEndNanos;
    private int peak;
    private boolean used;

    PodShare(PodGuard guard, long nowNanos) {
        this.guard = guard;
        this.windowEndNanos = nowNanos + WINDOW_NANOS;
    }

    public PodGuard guard() {
        return guard;
    }

    /** Lets one more request in; false when it has to wait for its turn. */
    public boolean tryEnter(long nowNanos) {
        int waiting = guard.tryEnter(nowNanos);
        if (waiting < 0) {
            return false;
        }
        used = true;
        if (waiting > peak) {
            peak = waiting;
        }
        return true;
    }

    /** Whether one more request would be let in. */
    public boolean hasRoom(long nowNanos) {
        return guard.hasRoom(nowNanos);
    }

    /**
     * The head of an answer has come.
     *
     * @param latencyNanos how long it took the pod; -1 where others had a part in that
     */
    public void answering(TenantId tenant, int status, long latencyNanos, long nowNanos) {
        guard.answered();
        boolean failed = status >= SERVER_ERRORS;
        outcomes.add(tenant, failed);
        if (failed) {
            guard.failed(tenant, status >= 502 && status <= 504, nowNanos);
        }
        if (latencyNanos >= 0) {
            latency.record(latencyNanos);
            if (nowNanos - windowEndNanos >= 0 && latency.count() >= SAMPLES_MIN) {
                tellLatency(nowNanos);
            }
        }
    }

    /**
     * The request leaves, with nothing wrong about the end of its answer.
     *
     * @param status of that answer
     */
    public void ended(int status) {
        guard.ended();
        if (status < SERVER_ERRORS) {
            guard.succeeded();
        }
    }

    /** The pod has broken the request off, or not answered it in time. */
    public void failed(TenantId tenant, long nowNanos) {
        guard.left();
        outcomes.add(tenant, true);
        guard.failed(tenant, true, nowNanos);
    }

    /** The pod has broken its answer off. */
    public void brokenOff(TenantId tenant, long nowNanos) {
        guard.ended();
        outcomes.turnOut(tenant);
        guard.failed(tenant, true, nowNanos);
    }

    /** The request leaves unanswered, for which the pod is not to blame. */
    public void abandoned() {
        guard.left();
    }

    private void tellLatency(long nowNanos) {
        guard.observe(latency.percentile(0.5), peak, nowNanos);
        latency.clear();
        peak = 0;
        windowEndNanos = nowNanos + WINDOW_NANOS;
    }

    /** Tells what was counted since. */
    void tick(long nowNanos) {
        if (used) {
            used = false;
            guard.merge(outcomes, nowNanos);
        }
    }
}
