package io.percolate.gateway.admin.migration;

import io.percolate.gateway.admin.http.Fields;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How fast a migration goes.
 *
 * @param concurrent jobs at the same time, across the fleet
 * @param perHour starts an hour, evenly spread; null: as fast as jobs end
 * @param hold how long a moved tenant's requests may wait
 */
public record Pace(int concurrent, @Nullable Integer perHour, Duration hold) {
    private static final int CONCURRENT_MAX = 1_000;
    private static final int PER_HOUR_MAX = 3_600_000;
    private static final int HOLD_MILLIS_MIN = 50;
    private static final int HOLD_MILLIS_MAX = 300_000;
    private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();

    /** What holds where an order does not say otherwise. */
    public static Pace defaultOf(MigrationConfig config) {
        return new Pace(config.concurrencyMax(), null, config.holdMax());
    }

    /** Reads {@code concurrent}, {@code per_hour} and {@code hold_ms}, each with a default. */
    public static Pace read(Fields fields, Pace otherwise) {
        return new Pace(
                fields.count("concurrent", 1, CONCURRENT_MAX).orElse(otherwise.concurrent()),
                fields.count("per_hour", 1, PER_HOUR_MAX).orElse(otherwise.perHour()),
                fields.count("hold_ms", HOLD_MILLIS_MIN, HOLD_MILLIS_MAX)
                        .map(Duration::ofMillis)
                        .orElse(otherwise.hold()));
    }

    /** Between two starts; zero without a bound. */
    long startIntervalMillis() {
        return perHour == null ? 0 : Math.max(1, HOUR_MILLIS / perHour);
    }
}
