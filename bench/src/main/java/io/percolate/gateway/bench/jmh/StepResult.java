package io.percolate.gateway.bench.jmh;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/**
 * What one step took.
 *
 * @param step its benchmark and parameters
 * @param error half of the 99.9 % confidence interval, NaN when there were too few iterations
 * @param bytes allocated each time, NaN when unknown
 */
record StepResult(String step, double nanos, double error, double bytes) {
    /** The two together are what every request of a known tenant pays; the text of its token is new each time. */
    static final String RESOLVE = "Resolve.cachedResolve";

    static final String RESOLVE_FRESH = "ResolveFresh.cachedResolve";
    private static final double RESOLVE_NANOS_MAX = 500;
    /** Below this a figure is the profiler's own, spread over all calls. */
    private static final double BYTES_NOISE = 0.5;

    static StepResult of(RunResult run) {
        String benchmark = run.getParams().getBenchmark();
        String[] names = benchmark.split("\\.");
        String step = names[names.length - 2].replace("Benchmark", "") + "." + names[names.length - 1];
        String parameters = run.getParams().getParamsKeys().stream()
                .map(key -> run.getParams().getParam(key))
                .collect(Collectors.joining(", "));
        Result<?> time = run.getPrimaryResult();
        Result<?> allocated = run.getSecondaryResults().get("gc.alloc.rate.norm");
        return new StepResult(
                parameters.isEmpty() ? step : step + " (" + parameters + ")",
                time.getScore(),
                time.getScoreError(),
                allocated == null ? Double.NaN : allocated.getScore());
    }

    boolean allocatesNothing() {
        return bytes < BYTES_NOISE;
    }

    static String markdown(List<StepResult> steps, String command) {
        StringBuilder text = new StringBuilder();
        text.append("Command: `").append(command).append("`  \n");
        text.append("Java ").append(Runtime.version()).append(", one thread, on a machine that does nothing else.\n");
        text.append("\nBytes of steps that decode texts or open streams for the benchmark include those.\n");
        text.append("\n| step | ns | +- | bytes allocated |\n| --- | --- | --- | --- |\n");
        for (StepResult step : steps) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s |%n",
                    step.step(),
                    nanos(step.nanos()),
                    nanos(step.error()),
                    Double.isNaN(step.bytes()) ? "" : String.format(Locale.ROOT, "%,.0f", step.bytes())));
        }
        text.append(target(steps));
        return text.toString();
    }

    /** Time with texts whose hash is not known, allocation without the making of such texts. */
    private static String target(List<StepResult> steps) {
        StepResult fresh = find(steps, RESOLVE_FRESH);
        StepResult known = find(steps, RESOLVE);
        if (fresh == null || known == null) {
            return "";
        }
        boolean met = fresh.nanos() <= RESOLVE_NANOS_MAX && known.allocatesNothing();
        return String.format(
                Locale.ROOT,
                "%nTarget: cached resolve (token hit and route hit) in at most %.0f ns with nothing allocated: %.0f ns,"
                        + " %.0f bytes, %s.%n",
                RESOLVE_NANOS_MAX,
                fresh.nanos(),
                known.bytes(),
                met ? "met" : "**missed**");
    }

    private static @org.jspecify.annotations.Nullable StepResult find(List<StepResult> steps, String name) {
        return steps.stream()
                .filter(step -> step.step().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static String nanos(double value) {
        return Double.isNaN(value) ? "" : String.format(Locale.ROOT, value < 100 ? "%.1f" : "%,.0f", value);
    }
}
