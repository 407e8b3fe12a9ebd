package io.percolate.gateway.bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The figures as Markdown: the targets, then one table a case, each peer beside the gateway. */
final class LoadReport {
    static final String SUBJECT = "gateway";
    /** A peer that leaves more of its core idle was not what bounded a closed loop. */
    private static final double SATURATED = 0.95;

    private LoadReport() {}

    static String markdown(List<Samples> all, String machine, String command) {
        StringBuilder text = new StringBuilder();
        text.append("Command: `").append(command).append("`  \n");
        text.append("Machine: ").append(machine).append("\n\n");
        text.append(String.format(
                Locale.ROOT,
                "Each peer on one core in turn, load and origin on the other; medians of the calm rounds: those in which"
                        + " the host took less than %.0f %% of the time, other processes less than %.0f %% of a"
                        + " core, and compiling less than %.0f %%. Ratios are the gateway's figure divided by the peer's"
                        + " of the same round, medians of the rounds. What each case does: [LOAD.md](LOAD.md).%n",
                Conditions.STEAL_MAX * 100,
                Conditions.FOREIGN_MAX * 100,
                Conditions.COMPILER_MAX * 100));
        targets(all, text);
        for (LoadCase load : LoadCase.values()) {
            List<Samples> ofCase =
                    all.stream().filter(samples -> samples.load() == load).toList();
            if (!ofCase.isEmpty()) {
                text.append("\n### ")
                        .append(load.label())
                        .append("\n\n")
                        .append(load.question())
                        .append("\n\n");
                text.append(load.way() == LoadCase.Way.SINGLE ? single(load, ofCase) : requests(ofCase));
                notes(ofCase, text);
            }
        }
        return text.toString();
    }

    private static void targets(List<Samples> all, StringBuilder text) {
        text.append("\n### Targets\n\n| case | figure | target | measured | |\n| --- | --- | --- | --- | --- |\n");
        for (Target target : Target.ALL) {
            if (all.stream().anyMatch(samples -> samples.load() == target.load())) {
                text.append(target.row(all));
            }
        }
    }

    private static String requests(List<Samples> ofCase) {
        StringBuilder table = new StringBuilder("""
                | | req/s | CPU-s/1k | core % | p50 us | p90 us | p99 us | RSS MiB | errors | rounds | req/s ratio | CPU ratio |
                | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
                """);
        Samples subject = subject(ofCase);
        for (Samples samples : ofCase) {
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %,.0f | %.4f | %.0f | %,.0f | %,.0f | %,.0f | %,.0f | %d | %d/%d | %s | %s |%n",
                    samples.peer(),
                    samples.median(Sample::requestsPerSecond),
                    samples.median(Sample::cpuSecondsPer1000),
                    samples.median(Sample::coreShare) * 100,
                    samples.median(Sample::p50Micros),
                    samples.median(Sample::p90Micros),
                    samples.median(Sample::p99Micros),
                    samples.median(Sample::residentBytes) / (1 << 20),
                    samples.errors(),
                    samples.counted().size(),
                    samples.rounds().size(),
                    ratio(subject, samples, Sample::requestsPerSecond),
                    ratio(subject, samples, Sample::cpuSecondsPer1000)));
        }
        return table.toString();
    }

    /** Idle connections and starts: one figure, kept in p50. */
    private static String single(LoadCase load, List<Samples> ofCase) {
        String figure = load == LoadCase.IDLE ? "bytes a connection" : "milliseconds";
        StringBuilder table =
                new StringBuilder("| | " + figure + " | RSS MiB | rounds | ratio |\n| --- | --- | --- | --- | --- |\n");
        Samples subject = subject(ofCase);
        for (Samples samples : ofCase) {
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %,.0f | %,.0f | %d/%d | %s |%n",
                    samples.peer(),
                    samples.median(Sample::p50Micros),
                    samples.median(Sample::residentBytes) / (1 << 20),
                    samples.counted().size(),
                    samples.rounds().size(),
                    ratio(subject, samples, Sample::p50Micros)));
        }
        return table.toString();
    }

    /** What a reader must know before quoting a case. */
    private static void notes(List<Samples> ofCase, StringBuilder text) {
        for (Samples samples : ofCase) {
            if (!samples.hasCalm()) {
                text.append("\n- No round of ")
                        .append(samples.peer())
                        .append(" was calm: its figures count all of them.");
            }
            if (samples.errors() > 0) {
                text.append("\n- ")
                        .append(samples.peer())
                        .append(" gave ")
                        .append(samples.errors())
                        .append(" wrong answers: not in its req/s, but its other figures stand for less work.");
            }
            double core = samples.median(Sample::coreShare);
            if (samples.load().isClosedLoop() && core < SATURATED) {
                text.append(String.format(
                        Locale.ROOT,
                        "%n- %s left %.0f %% of its core idle: load and origin bounded it. Its req/s (and ratios of"
                                + " req/s to it) say little; compare CPU.",
                        samples.peer(),
                        (1 - core) * 100));
            }
        }
        text.append(text.charAt(text.length() - 1) == '\n' ? "" : "\n");
    }

    private static Samples subject(List<Samples> ofCase) {
        return ofCase.stream()
                .filter(samples -> samples.peer().equals(SUBJECT))
                .findFirst()
                .orElse(ofCase.getFirst());
    }

    private static String ratio(Samples subject, Samples samples, ToDoubleFunction<Sample> figure) {
        double ratio = subject.equals(samples) ? Double.NaN : subject.ratio(samples, figure);
        return Double.isFinite(ratio) ? String.format(Locale.ROOT, "%.2f", ratio) : "";
    }

    static String machine() {
        List<String> facts = new ArrayList<>();
        try {
            List<String> models = java.nio.file.Files.readAllLines(java.nio.file.Path.of("/proc/cpuinfo")).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 2))
                    .toList();
            facts.add(models.size() + " cores " + String.join(" and ", new java.util.TreeSet<>(models)));
        } catch (java.io.IOException unreadable) {
            facts.add("processor unknown");
        }
        facts.add("Java " + Runtime.version().feature());
        facts.add(System.getProperty("os.name") + " " + System.getProperty("os.version"));
        return String.join(", ", facts);
    }
}
