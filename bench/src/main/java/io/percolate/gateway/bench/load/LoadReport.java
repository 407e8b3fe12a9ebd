package io.percolate.gateway.bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The figures as Markdown: one table a case, each peer beside the gateway. */
final class LoadReport {
    static final String SUBJECT = "gateway";

    private LoadReport() {}

    static String markdown(List<Samples> all, String machine, String command) {
        StringBuilder text = new StringBuilder();
        text.append("## Load\n\n")
                .append("Command: `")
                .append(command)
                .append("`  \n")
                .append("Machine: ")
                .append(machine)
                .append("\n\n")
                .append("Each peer on one core in turn, load and origin on the other; medians of the calm rounds ")
                .append("(those in which the host took less than ")
                .append(Math.round(Sample.STEAL_SHARE_MAX * 100))
                .append(" % of the time). Ratios are the gateway's figure divided by the peer's of the same run.\n");
        for (LoadCase load : LoadCase.values()) {
            List<Samples> ofCase =
                    all.stream().filter(samples -> samples.load() == load).toList();
            if (!ofCase.isEmpty()) {
                text.append("\n### ")
                        .append(load.label())
                        .append("\n\n")
                        .append(load.question())
                        .append("\n\n");
                text.append(load.isClosedLoop() || load == LoadCase.RATE ? requests(ofCase) : other(load, ofCase));
            }
        }
        return text.toString();
    }

    private static String requests(List<Samples> ofCase) {
        StringBuilder table = new StringBuilder("""
                | | req/s | CPU-s/1k | p50 us | p90 us | p99 us | RSS MiB | errors | rounds | req/s ratio | CPU ratio |
                | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
                """);
        Samples subject = subject(ofCase);
        for (Samples samples : ofCase) {
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %,.0f | %.4f | %,.0f | %,.0f | %,.0f | %,.0f | %d | %d/%d | %s | %s |%n",
                    samples.peer(),
                    samples.median(Sample::requestsPerSecond),
                    samples.median(Sample::cpuSecondsPer1000),
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
    private static String other(LoadCase load, List<Samples> ofCase) {
        String figure = load == LoadCase.IDLE ? "bytes a connection" : "milliseconds";
        StringBuilder table = new StringBuilder("| | " + figure + " | RSS MiB | ratio |\n| --- | --- | --- | --- |\n");
        Samples subject = subject(ofCase);
        for (Samples samples : ofCase) {
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %,.0f | %,.0f | %s |%n",
                    samples.peer(),
                    samples.median(Sample::p50Micros),
                    samples.median(Sample::residentBytes) / (1 << 20),
                    ratio(subject, samples, Sample::p50Micros)));
        }
        return table.toString();
    }

    private static Samples subject(List<Samples> ofCase) {
        return ofCase.stream()
                .filter(samples -> samples.peer().equals(SUBJECT))
                .findFirst()
                .orElse(ofCase.getFirst());
    }

    private static String ratio(Samples subject, Samples samples, java.util.function.ToDoubleFunction<Sample> figure) {
        double mine = subject.median(figure);
        double theirs = samples.median(figure);
        return theirs == 0 || subject.equals(samples) ? "" : String.format(Locale.ROOT, "%.2f", mine / theirs);
    }

    static String machine() {
        List<String> facts = new ArrayList<>();
        facts.add(Runtime.getRuntime().availableProcessors() + " cores");
        try (var lines = java.nio.file.Files.lines(java.nio.file.Path.of("/proc/cpuinfo"))) {
            lines.filter(line -> line.startsWith("model name"))
                    .findFirst()
                    .ifPresent(line -> facts.add(line.substring(line.indexOf(':') + 2)));
        } catch (java.io.IOException unreadable) {
            facts.add("processor unknown");
        }
        facts.add("Java " + Runtime.version().feature());
        facts.add(System.getProperty("os.name") + " " + System.getProperty("os.version"));
        return String.join(", ", facts);
    }
}
