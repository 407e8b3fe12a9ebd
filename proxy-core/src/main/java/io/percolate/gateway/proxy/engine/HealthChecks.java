package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.resilience.HealthConfig;
import io.percolate.gateway.proxy.resilience.PodGuard;
import io.percolate.gateway.proxy.resilience.PodGuards;

/**
 * Asks those pods whether they are well that are in use and fall to this event loop, so that each is asked by one loop of
 * the process only. On that loop only.
 */
final class HealthChecks {
    /** Checks of one loop at once: more than enough, since they are spread over the interval. */
    private static final int UNDER_WAY_MAX = 16;

    private final EdgeLoop loop;
    private final PodGuards pods;
    private final HealthConfig config;
    private final int index;
    private final int loops;
    private int underWay;
    private boolean closed;

    /** @param index of the loop among so many */
    HealthChecks(EdgeLoop loop, PodGuards pods, int index, int loops) {
        this.loop = loop;
        this.pods = pods;
        this.config = pods.config().health();
        this.index = index;
        this.loops = loops;
    }

    /** Begins the checks that are due. */
    void look(long nowNanos) {
        if (!config.isOn() || closed) {
            return;
        }
        for (PodGuard pod : pods.all()) {
            if (underWay < UNDER_WAY_MAX
                    && Math.floorMod(pod.address().hashCode(), loops) == index
                    && pod.takeCheck(nowNanos, loop.randomLong())) {
                underWay++;
                new HealthCheck(loop, pod, config, verdict -> over(pod, verdict)).begin();
            }
        }
    }

    /** Begins no more. */
    void close() {
        closed = true;
    }

    private void over(PodGuard pod, HealthCheck.Verdict verdict) {
        underWay--;
        switch (verdict) {
            case WELL -> pod.checked(true, System.nanoTime());
            case ILL -> pod.checked(false, System.nanoTime());
            case UNKNOWN -> pod.notChecked();
        }
    }
}
