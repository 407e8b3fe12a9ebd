package io.percolate.gateway.proxy.resilience;

import io.percolate.gateway.proxy.resilience.PodStatus.Health;

/** What one pod's health checks have come to. Its verdicts under the lock of the pod's {@link PodGuard}. */
final class CheckRecord {
    /** What a verdict changes. */
    enum Change {
        NONE,
        STILL_UNHEALTHY,
        NOW_UNHEALTHY,
        NOW_HEALTHY
    }

    private final HealthConfig config;
    private volatile boolean unhealthy;
    private boolean known;
    private int inARow;
    /** Of the one event loop that does the checks. */
    private long dueNanos;

    private boolean checking;

    CheckRecord(HealthConfig config) {
        this.config = config;
    }

    /** Whether a check is to begin now; by one event loop only. */
    boolean takeCheck(long nowNanos, long random) {
        if (checking) {
            return false;
        }
        long interval = config.interval().toNanos();
        long part = (random >>> 1) % interval;
        if (dueNanos == 0) {
            dueNanos = nowNanos + part;
        }
        if (nowNanos - dueNanos < 0) {
            return false;
        }
        dueNanos = nowNanos + interval * 4 / 5 + part * 2 / 5;
        checking = true;
        return true;
    }

    void over() {
        checking = false;
    }

    Change add(boolean well) {
        checking = false;
        known = true;
        if (well != unhealthy) {
            inARow = 0;
            return well ? Change.NONE : Change.STILL_UNHEALTHY;
        }
        inARow++;
        if (inARow < (well ? config.healthyAfter() : config.unhealthyAfter())) {
            return Change.NONE;
        }
        inARow = 0;
        unhealthy = !well;
        return well ? Change.NOW_HEALTHY : Change.NOW_UNHEALTHY;
    }

    void forget() {
        unhealthy = false;
        known = false;
        inARow = 0;
    }

    boolean isUnhealthy() {
        return unhealthy;
    }

    Health health() {
        return unhealthy ? Health.UNHEALTHY : known ? Health.HEALTHY : Health.UNKNOWN;
    }
}
