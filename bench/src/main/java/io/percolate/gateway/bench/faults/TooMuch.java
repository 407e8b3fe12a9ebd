package io.percolate.gateway.bench.faults;

import io.percolate.gateway.bench.faults.SteadyLoad.Sample;
import io.percolate.gateway.bench.faults.SteadyLoad.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Three times as many requests as the gateway may have under way can be, of all tiers alike.
 *
 * <p>Capacity is what comes of as many as may be under way and what pods take for each: here the processor is not what is
 * short, which is said in the report.
 */
final class TooMuch {
    static final int UNDER_WAY_MAX = 20;
    static final int DELAY_MILLIS = 40;
    static final double GOODPUT_MIN = 0.9;
    static final double RECOVERY_MILLIS_MAX = 2_000;
    private static final double TIMES = 3;
    private static final double CALM = 0.4;
    private static final long RESIDENT_BYTES_MAX = 96L << 20;

    static final List<String> TIERS = List.of("A", "A", "B", "B", "C", "C");

    static final Map<String, String> SETTINGS = Map.of(
            "GATEWAY_EDGE_REQUESTS_MAX", String.valueOf(UNDER_WAY_MAX),
            "GATEWAY_QUEUE_MAX", "100",
            "GATEWAY_LIMITS_ENABLED", "false");

    private TooMuch() {}

    /** Requests a second that can be answered at most. */
    static double capacity() {
        return UNDER_WAY_MAX * 1_000.0 / DELAY_MILLIS;
    }

    /** What came of it. */
    record Result(
            List<Window> byTier,
            Window after,
            double seconds,
            double recoveryMillis,
            long residentBefore,
            long residentAfter,
            String left) {
        double goodput() {
            return byTier.stream().mapToLong(tier -> tier.answered(200)).sum() / seconds;
        }

        List<String> broken(boolean timed) {
            List<String> broken = new ArrayList<>();
            if (timed && goodput() < GOODPUT_MIN * capacity()) {
                broken.add(String.format(Locale.ROOT, "goodput %.2f of capacity", goodput() / capacity()));
            }
            if (timed && recoveryMillis > RECOVERY_MILLIS_MAX) {
                broken.add("recovered late");
            }
            if (residentAfter - residentBefore > RESIDENT_BYTES_MAX) {
                broken.add("memory grew by " + ((residentAfter - residentBefore) >> 20) + " MiB");
            }
            for (Window tier : byTier) {
                if (tier.answered(200) + tier.answered(503) != tier.count()) {
                    broken.add("answered " + tier.statuses());
                }
            }
            if (byTier.getFirst().failedShare() > byTier.getLast().failedShare()) {
                broken.add("tier A was shed before tier C");
            }
            if (!left.isEmpty()) {
                broken.add("left: " + left);
            }
            return broken;
        }

        String report(boolean timed) {
            List<String> broken = broken(timed);
            StringBuilder rows = new StringBuilder();
            for (int i = 0; i < byTier.size(); i++) {
                Window tier = byTier.get(i);
                rows.append(String.format(
                        Locale.ROOT,
                        "| %s | %d | %.1f %% | %.1f | %.1f |%n",
                        "ABC".charAt(i),
                        tier.count(),
                        tier.failedShare() * 100,
                        tier.millisAt(0.5),
                        tier.millisAt(0.99)));
            }
            return String.format(
                    Locale.ROOT,
                    "%d requests may be under way, each takes its pod %d ms: a capacity of %.0f requests/s. %.0f times as many come,"
                            + " of all tiers alike, for %.0f s.%n%n"
                            + "| tier | requests | 503 | p50 of the others, ms | p99, ms |%n| --- | --- | --- | --- | --- |%n"
                            + "%s%nGoodput: %.0f requests/s, %.2f of capacity. Back at %.0f %% of capacity the last request was refused"
                            + " after %.0f ms, %d of %d. Memory of the gateway: %d MiB before, %d MiB afterwards. Bounds: %s.%n",
                    UNDER_WAY_MAX,
                    DELAY_MILLIS,
                    capacity(),
                    TIMES,
                    seconds,
                    rows,
                    goodput(),
                    goodput() / capacity(),
                    CALM * 100,
                    recoveryMillis,
                    after.failed(),
                    after.count(),
                    residentBefore >> 20,
                    residentAfter >> 20,
                    broken.isEmpty() ? "hold" : String.join("; ", broken));
        }
    }

    static Result run(FaultRig rig, long warmMillis, long millis, long afterMillis) {
        int tenants = rig.tenants().size();
        List<Source> sources = IntStream.range(0, tenants)
                .mapToObj(i -> new Source(i, rig.tenants().get(i).token(), CALM * capacity() / tenants))
                .toList();
        List<Sample> samples;
        long begun;
        long calm;
        long over;
        long residentBefore;
        long residentAfter;
        try (SteadyLoad load = new SteadyLoad(rig.edge(), sources).start()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(warmMillis));
            load.awaitSettled();
            residentBefore = rig.residentBytes();
            sources.forEach(source -> source.rate(TIMES * capacity() / tenants));
            begun = System.nanoTime();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
            residentAfter = rig.residentBytes();
            sources.forEach(source -> source.rate(CALM * capacity() / tenants));
            calm = System.nanoTime();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(afterMillis));
            over = System.nanoTime();
            samples = load.end();
        }
        Window after = Window.of(samples, source -> true, calm, over);
        List<Window> byTier = List.of("A", "B", "C").stream()
                .map(tier -> Window.of(samples, of(rig, tier), begun, calm))
                .toList();
        return new Result(
                byTier,
                after,
                (calm - begun) / 1e9,
                after.lastFailureMillis(calm),
                residentBefore,
                residentAfter,
                rig.ops().left() + (rig.tellsOfLeaks() ? "leaks in the log" : ""));
    }

    private static IntPredicate of(FaultRig rig, String tier) {
        return source -> rig.tenants().get(source).tier().equals(tier);
    }
}
