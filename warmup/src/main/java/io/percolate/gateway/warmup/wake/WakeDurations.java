package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;

/** How long wakes have lately taken, by tier: an exponentially weighted mean that follows slow ones faster. */
final class WakeDurations {
    private static final Duration AT_FIRST = Duration.ofSeconds(2);
    private static final Duration MIN = Duration.ofSeconds(1);
    private static final Duration MAX = Duration.ofSeconds(60);
    /** A client told too short a time comes back in vain, one told too long only waits: so the mean leans upwards. */
    private static final double WEIGHT_OF_SLOWER = 0.5;

    private static final double WEIGHT_OF_FASTER = 0.1;

    private final ConcurrentHashMap<Tier, Double> meanNanos = new ConcurrentHashMap<>();

    void record(Tier tier, Duration took) {
        double sample = (double) took.toNanos();
        meanNanos.merge(tier, mean((double) AT_FIRST.toNanos(), sample), (mean, first) -> mean(mean, sample));
    }

    private static double mean(double before, double sample) {
        return before + (sample > before ? WEIGHT_OF_SLOWER : WEIGHT_OF_FASTER) * (sample - before);
    }

    /** Between 1 and 60 seconds. */
    Duration expected(Tier tier) {
        Duration mean = mean(tier);
        return mean.compareTo(MIN) < 0 ? MIN : mean.compareTo(MAX) > 0 ? MAX : mean;
    }

    /** As it is. */
    Duration mean(Tier tier) {
        Double nanos = meanNanos.get(tier);
        return nanos == null ? AT_FIRST : Duration.ofNanos(Math.round(nanos));
    }
}
