package io.percolate.gateway.warmup.wake;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to leave a tenant alone after failed wakes: doubled with each one, and jittered so that wakes spread. */
record Backoff(Duration min, Duration max) {
    private static final int DOUBLINGS_MAX = 30;

    /**
     * @param failures how many came in a row before this one
     * @return the step and up to half of it more, never above the maximum
     */
    Duration after(int failures, RandomGenerator random) {
        long stepNanos = min.toNanos();
        for (int i = 0; i < Math.min(failures, DOUBLINGS_MAX) && stepNanos < max.toNanos(); i++) {
            stepNanos *= 2;
        }
        long capNanos = Math.max(min.toNanos(), max.toNanos() / 3 * 2);
        stepNanos = Math.min(stepNanos, capNanos);
        long jitterNanos = random.nextLong(stepNanos / 2 + 1);
        return Duration.ofNanos(Math.min(stepNanos + jitterNanos, max.toNanos()));
    }
}
