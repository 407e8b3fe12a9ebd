package io.percolate.gateway.bench.faults;

import io.percolate.gateway.bench.faults.SteadyLoad.Sample;
import io.percolate.gateway.bench.faults.SteadyLoad.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** One tenant of tier C at a hundred times its share, beside tenants of tier A. */
final class NoisyNeighbour {
    static final int SHARE = 20;
    static final int TIMES = 100;
    /** What a tenant of tier C may have, a second and at once. */
    private static final int LIMIT = 100;

    static final double RATIO_MAX = 1.5;

    /** Ten tenants of tier A, and the loud one. */
    static final List<String> TIERS = List.of("A", "A", "A", "A", "A", "A", "A", "A", "A", "A", "C");

    /** On one event loop. */
    static final Map<String, String> SETTINGS = Map.of(
            "GATEWAY_EDGE_EVENT_LOOPS", "1",
            "GATEWAY_LIMITS_REQUESTS_PER_SECOND_TIER_C", String.valueOf(LIMIT),
            "GATEWAY_LIMITS_BURST_TIER_C", String.valueOf(LIMIT));

    private NoisyNeighbour() {}

    /** What tier A noticed, and what became of the loud one's requests. */
    record Result(Window quiet, Window loud, Window ofTheLoud, double seconds, String left) {
        double ratio() {
            return loud.millisAt(0.99) / quiet.millisAt(0.99);
        }

        List<String> broken(boolean timed) {
            List<String> broken = new ArrayList<>();
            if (loud.failed() > 0) {
                broken.add("tier A failed: " + loud.statuses());
            }
            if (timed && ratio() > RATIO_MAX) {
                broken.add(String.format(Locale.ROOT, "p99 of tier A %.2f of quiet", ratio()));
            }
            if (ofTheLoud.answered(200) + ofTheLoud.answered(429) != ofTheLoud.count()
                    || ofTheLoud.answered(429) == 0) {
                broken.add("the loud one was answered " + ofTheLoud.statuses());
            }
            if (!left.isEmpty()) {
                broken.add("left: " + left);
            }
            return broken;
        }

        String report(boolean timed) {
            List<String> broken = broken(timed);
            return String.format(
                    Locale.ROOT,
                    "One tenant of tier C sends %d requests/s, a hundred times its share, for %.0f s, on one event loop of the"
                            + " gateway; it may have %d/s.%n%n"
                            + "| | requests | failed | p50, ms | p99, ms |%n| --- | --- | --- | --- | --- |%n"
                            + "| tier A, quiet | %d | %d | %.1f | %.1f |%n"
                            + "| tier A, beside it | %d | %d | %.1f | %.1f (%.2f) |%n%n"
                            + "The loud one was answered %s. Bounds: %s.%n",
                    SHARE * TIMES,
                    seconds,
                    LIMIT,
                    quiet.count(),
                    quiet.failed(),
                    quiet.millisAt(0.5),
                    quiet.millisAt(0.99),
                    loud.count(),
                    loud.failed(),
                    loud.millisAt(0.5),
                    loud.millisAt(0.99),
                    ratio(),
                    ofTheLoud.statuses(),
                    broken.isEmpty() ? "hold" : String.join("; ", broken));
        }
    }

    static Result run(FaultRig rig, double times, long warmMillis, long millis) {
        List<Source> sources = IntStream.range(0, rig.tenants().size())
                .mapToObj(i -> new Source(i, rig.tenants().get(i).token(), SHARE))
                .toList();
        int last = sources.size() - 1;
        List<Sample> samples;
        long quiet;
        long loud;
        long over;
        try (SteadyLoad load = new SteadyLoad(rig.edge(), sources).start()) {
            // Once with all there will be, for what only then is compiled.
            sources.get(last).rate(SHARE * times);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(warmMillis));
            sources.get(last).rate(SHARE);
            load.awaitSettled();
            quiet = System.nanoTime();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
            sources.get(last).rate(SHARE * times);
            loud = System.nanoTime();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
            over = System.nanoTime();
            samples = load.end();
        }
        return new Result(
                Window.of(samples, source -> source != last, quiet, loud),
                Window.of(samples, source -> source != last, loud, over),
                Window.of(samples, source -> source == last, loud, over),
                (over - loud) / 1e9,
                rig.ops().left() + (rig.tellsOfLeaks() ? "leaks in the log" : ""));
    }
}
