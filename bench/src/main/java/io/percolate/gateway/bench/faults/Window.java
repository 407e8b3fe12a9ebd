package io.percolate.gateway.bench.faults;

import io.percolate.gateway.bench.faults.SteadyLoad.Sample;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;

/** The requests of some tenants that were due within a time. */
record Window(List<Sample> samples) {
    private static final int OK = 200;

    static Window of(List<Sample> all, IntPredicate sources, long fromNanos, long toNanos) {
        return new Window(all.stream()
                .filter(sample -> sources.test(sample.source)
                        && sample.dueNanos - fromNanos >= 0
                        && sample.dueNanos - toNanos < 0)
                .toList());
    }

    int count() {
        return samples.size();
    }

    long failed() {
        return samples.stream().filter(sample -> sample.status != OK).count();
    }

    long answered(int status) {
        return samples.stream().filter(sample -> sample.status == status).count();
    }

    double failedShare() {
        return samples.isEmpty() ? 0 : failed() / (double) count();
    }

    /** What this share of the good answers took at most, in milliseconds. */
    double millisAt(double share) {
        long[] sorted = samples.stream()
                .filter(sample -> sample.status == OK)
                .mapToLong(sample -> sample.tookNanos)
                .sorted()
                .toArray();
        return sorted.length == 0
                ? Double.NaN
                : sorted[(int) Math.min(sorted.length - 1L, (long) (share * sorted.length))]
                        / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }

    /** Milliseconds from an instant until the last request that failed was due; 0 when none was. */
    double lastFailureMillis(long sinceNanos) {
        return samples.stream()
                .filter(sample -> sample.status != OK)
                .mapToDouble(sample -> (sample.dueNanos - sinceNanos) / 1e6)
                .max()
                .orElse(0);
    }

    /** How often each status was given, in words. */
    String statuses() {
        int[] statuses =
                samples.stream().mapToInt(sample -> sample.status).sorted().toArray();
        StringBuilder text = new StringBuilder();
        for (int status : Arrays.stream(statuses).distinct().toArray()) {
            text.append(text.isEmpty() ? "" : ", ")
                    .append(Arrays.stream(statuses)
                            .filter(each -> each == status)
                            .count())
                    .append(" x ")
                    .append(status == 0 ? "none" : String.valueOf(status));
        }
        return text.toString();
    }
}
