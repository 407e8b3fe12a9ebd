package io.percolate.gateway.bench.directory;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/** Durations in nanoseconds, up to a number; safe for use from any thread while they come in. */
final class Latencies {
    private final long[] nanos;
    private final AtomicInteger count = new AtomicInteger();

    Latencies(int countMax) {
        this.nanos = new long[countMax];
    }

    void add(long value) {
        int position = count.getAndIncrement();
        if (position < nanos.length) {
            nanos[position] = value;
        }
    }

    int count() {
        return Math.min(count.get(), nanos.length);
    }

    /** Percentile between 0 and 100; zero when there is nothing. */
    Duration percentile(double percent) {
        int n = count();
        if (n == 0) {
            return Duration.ZERO;
        }
        long[] sorted = Arrays.copyOf(nanos, n);
        Arrays.sort(sorted);
        return Duration.ofNanos(sorted[Math.clamp((int) Math.ceil(percent / 100 * n) - 1, 0, n - 1)]);
    }

    /** Median, p99 and the longest, in milliseconds. */
    String text() {
        return String.format(
                Locale.ROOT,
                "p50 %s ms, p99 %s ms, max %s ms",
                millis(percentile(50)),
                millis(percentile(99)),
                millis(percentile(100)));
    }

    static String millis(Duration duration) {
        return String.format(Locale.ROOT, "%.2f", duration.toNanos() / 1e6);
    }
}
