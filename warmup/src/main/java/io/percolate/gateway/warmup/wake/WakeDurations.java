package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;

/** How long wakes have lately taken, by tier: an exponentially weighted mean that follows slow ones faster. */
final class WakeDurations {
    private static final Duration AT_FIRST = Duration.ofSeconds(2);
    private static final Duration MIN = Duration.ofSeconds(1);
    private static final Duration MAX = Duration.ofSeconds(60);
    /** A client told too short a time comes back in vain, one told too long only waits: so the mean leans upwards. */
    private static final double WEIGHT_OF_SLOWER = 0.5;

    private static final double WEIGHT_OF_FASTER = 0.1;

    private final AtomicLongArray meanNanos;

    WakeDurations() {
        long[] first = new long[Tier.values().length];
        Arrays.fill(first, AT_FIRST.toNanos());
        this.meanNanos = new AtomicLongArray(first);
    }

    void record(Tier tier, Duration took) {
        long latest = took.toNanos();
        meanNanos.accumulateAndGet(tier.ordinal(), latest, (mean, sample) -> {
            double weight = sample > mean ? WEIGHT_OF_SLOWER : WEIGHT_OF_FASTER;
            return mean + (long) (weight * (sample - mean));
        });
    }

    /** Between 1 and 60 seconds. */
    Duration expected(Tier tier) {
        Duration mean = Duration.ofNanos(meanNanos.get(tier.ordinal()));
        return mean.compareTo(MIN) < 0 ? MIN : mean.compareTo(MAX) > 0 ? MAX : mean;
    }
}
