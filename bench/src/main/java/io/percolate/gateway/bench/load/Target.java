package io.percolate.gateway.bench.load;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * What the gateway is meant to reach in a case.
 *
 * @param peer beside whom; the gateway alone when empty
 * @param comparison of the gateway's median with the peer's
 * @param bound that is met by being at least, or at most, that much
 */
record Target(
        String figure,
        LoadCase load,
        String peer,
        ToDoubleFunction<Sample> value,
        Comparison comparison,
        boolean atLeast,
        double bound,
        String unit) {

    enum Comparison {
        RATIO,
        DIFFERENCE,
        ALONE
    }

    static final List<Target> ALL = List.of(
            least("req/s vs HAProxy with JWT", LoadCase.GET_64, "haproxy", 2.3),
            least("req/s vs Spring Cloud Gateway", LoadCase.GET_64, "scg", 10),
            cpu("CPU per request vs nginx without JWT", LoadCase.GET_64, "nginx", 1.25),
            cpu("CPU per request vs nginx without JWT", LoadCase.GET_1000, "nginx", 1.25),
            cpu("CPU per request vs HAProxy with JWT", LoadCase.GET_16K, "haproxy", 0.5),
            cpu("CPU per request vs nginx without JWT", LoadCase.GET_1M, "nginx", 1.0),
            cpu("CPU per request vs HAProxy with JWT", LoadCase.POST_64K, "haproxy", 0.4),
            least("req/s vs HAProxy with JWT", LoadCase.COLD_RS256, "haproxy", 1.1),
            least("req/s vs HAProxy with JWT", LoadCase.COLD_ES256, "haproxy", 1.1),
            new Target(
                    "p50 added over direct",
                    LoadCase.RATE,
                    "direct",
                    Sample::p50Micros,
                    Comparison.DIFFERENCE,
                    false,
                    110,
                    " us"),
            new Target(
                    "p99 vs HAProxy plain",
                    LoadCase.RATE,
                    "haproxy-plain",
                    Sample::p99Micros,
                    Comparison.RATIO,
                    false,
                    1.0,
                    "x"),
            alone("memory of an idle connection", LoadCase.IDLE, 5_000, " bytes"),
            alone("start to the first 200", LoadCase.START, 600, " ms"),
            cpu("CPU per request, two event loops vs one", LoadCase.LOOPS, LoopRounds.APART, 1.05));

    private static Target least(String figure, LoadCase load, String peer, double bound) {
        return new Target(figure, load, peer, Sample::requestsPerSecond, Comparison.RATIO, true, bound, "x");
    }

    private static Target cpu(String figure, LoadCase load, String peer, double bound) {
        return new Target(figure, load, peer, Sample::cpuSecondsPer1000, Comparison.RATIO, false, bound, "x");
    }

    private static Target alone(String figure, LoadCase load, double bound, String unit) {
        return new Target(figure, load, "", Sample::p50Micros, Comparison.ALONE, false, bound, unit);
    }

    /** What was measured; empty where one of both was not, or had errors only. */
    Optional<Double> measured(List<Samples> all) {
        Optional<Samples> mine = find(all, LoadReport.SUBJECT);
        Optional<Samples> theirs = comparison == Comparison.ALONE ? mine : find(all, peer);
        if (mine.isEmpty() || theirs.isEmpty()) {
            return Optional.empty();
        }
        double result = switch (comparison) {
            case RATIO -> mine.get().ratio(theirs.get(), value);
            case DIFFERENCE -> mine.get().compared(theirs.get(), value, (ours, other) -> ours - other);
            case ALONE -> mine.get().median(value);
        };
        return Double.isFinite(result) ? Optional.of(result) : Optional.empty();
    }

    boolean isMetBy(double measured) {
        return atLeast ? measured >= bound : measured <= bound;
    }

    private Optional<Samples> find(List<Samples> all, String name) {
        return all.stream()
                .filter(samples -> samples.load() == load && samples.peer().equals(name))
                .findFirst();
    }

    /** A line of the table of targets. */
    String row(List<Samples> all) {
        String wanted = (atLeast ? ">= " : "<= ") + text(bound);
        Optional<Double> measured = measured(all);
        String got = measured.map(this::text).orElse("not measured");
        String verdict =
                measured.map(value -> isMetBy(value) ? "met" : "**missed**").orElse("");
        return "| " + load.label() + " | " + figure + " | " + wanted + " | " + got + " | " + verdict + " |\n";
    }

    private String text(double value) {
        return String.format(Locale.ROOT, unit.equals("x") ? "%.2f" : "%,.0f", value) + unit;
    }
}
