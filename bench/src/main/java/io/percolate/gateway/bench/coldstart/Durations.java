package io.percolate.gateway.bench.coldstart;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Times in milliseconds, in order. */
final class Durations {
    private static final double[] EDGES = {
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000
    };
    private static final int BAR_MAX = 50;

    private final String name;
    private final double[] sortedMillis;

    private Durations(String name, double[] sortedMillis) {
        this.name = name;
        this.sortedMillis = sortedMillis;
    }

    static Durations of(String name, List<Double> millis) {
        double[] sorted = millis.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return new Durations(name, sorted);
    }

    int count() {
        return sortedMillis.length;
    }

    double at(double percent) {
        int n = sortedMillis.length;
        return n == 0 ? 0 : sortedMillis[Math.clamp((int) Math.ceil(percent / 100 * n) - 1, 0, n - 1)];
    }

    /** A row of a table: count and percentiles. */
    String row() {
        return String.format(
                Locale.ROOT,
                "| %s | %,d | %.1f | %.1f | %.1f | %.1f |",
                name,
                sortedMillis.length,
                at(50),
                at(90),
                at(99),
                at(100));
    }

    /** One bar for each range of times. */
    String histogram() {
        int[] counts = new int[EDGES.length + 1];
        for (double millis : sortedMillis) {
            int range = 0;
            while (range < EDGES.length && millis > EDGES[range]) {
                range++;
            }
            counts[range]++;
        }
        int most = Math.max(1, Arrays.stream(counts).max().orElse(1));
        StringBuilder text = new StringBuilder(name + ", ms\n");
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                String edge = i < EDGES.length
                        ? String.format(Locale.ROOT, "<= %,.0f", EDGES[i])
                        : String.format(Locale.ROOT, "> %,.0f", EDGES[EDGES.length - 1]);
                text.append(String.format(
                        Locale.ROOT, "%10s %7d %s%n", edge, counts[i], "#".repeat(counts[i] * BAR_MAX / most)));
            }
        }
        return text.toString();
    }
}
