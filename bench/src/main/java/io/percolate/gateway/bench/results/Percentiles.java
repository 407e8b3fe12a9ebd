package io.percolate.gateway.bench.results;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;

/** Numbers in order, told by their percentiles. */
public final class Percentiles {
    private final double[] sorted;

    private Percentiles(double[] sorted) {
        this.sorted = sorted;
    }

    public static Percentiles of(Collection<Double> numbers) {
        double[] sorted =
                numbers.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return new Percentiles(sorted);
    }

    public int count() {
        return sorted.length;
    }

    /** The least number that this percentage of all does not exceed; 0 where there is none. */
    public double at(double percent) {
        int n = sorted.length;
        return n == 0 ? 0 : sorted[Math.clamp((int) Math.ceil(percent / 100 * n) - 1, 0, n - 1)];
    }

    /** How many are greater. */
    public long above(double bound) {
        return Arrays.stream(sorted).filter(number -> number > bound).count();
    }

    /** The heading of a table of {@link #row}s. */
    public static String heading(String unit, String counted) {
        return "| " + unit + " | " + counted + " | p50 | p90 | p99 | max |\n| --- | --- | --- | --- | --- | --- |\n";
    }

    /** A row of a table: count, p50, p90, p99, maximum. */
    public String row(String name) {
        return String.format(
                Locale.ROOT,
                "| %s | %,d | %.1f | %.1f | %.1f | %.1f |%n",
                name,
                count(),
                at(50),
                at(90),
                at(99),
                at(100));
    }
}
