package io.percolate.gateway.admin.migration;

import io.percolate.gateway.admin.http.Change;
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
public record Pace(
        int concurrent, @Nullable Integer perHour, Duration hold) {
    private static final int CONCURRENT_MAX = 1_000;
    private static final int PER_HOUR_MAX = 3_600_000;
    private static final int HOLD_MILLIS_MIN = 50;
    private static final int HOLD_MILLIS_MAX = 300_000;
    private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();

    /** Reads {@code concurrent}, {@code per_hour} and {@code hold_ms}, each with a default. */
    public static Pace read(Fields fields, Pace otherwise) {
        Integer perHour = otherwise.perHour();
        Long givenPerHour = given(fields, "per_hour", 1, PER_HOUR_MAX);
        Long concurrent = given(fields, "concurrent", 1, CONCURRENT_MAX);
        Long hold = given(fields, "hold_ms", HOLD_MILLIS_MIN, HOLD_MILLIS_MAX);
        return new Pace(
                concurrent == null ? otherwise.concurrent() : concurrent.intValue(),
                givenPerHour == null ? perHour : Integer.valueOf(givenPerHour.intValue()),
                hold == null ? otherwise.hold() : Duration.ofMillis(hold));
    }

    /** Between two starts; zero without a bound. */
    long startIntervalMillis() {
        return perHour == null ? 0 : Math.max(1, HOUR_MILLIS / perHour);
    }

    private static @Nullable Long given(Fields fields, String name, long min, long max) {
        return switch (fields.countChange(name, min, max)) {
            case Change.Put<Long>(Long value) -> value;
            case Change.Keep<Long> _, Change.Clear<Long> _ -> null;
        };
    }
}
