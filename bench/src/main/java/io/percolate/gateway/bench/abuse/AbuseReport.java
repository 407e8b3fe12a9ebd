package io.percolate.gateway.bench.abuse;

import io.percolate.gateway.bench.load.HeldMemory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The runs as Markdown, a row for each abuse. */
final class AbuseReport {
    private static final int MIB = 1 << 20;

    private AbuseReport() {}

    static String markdown(List<AbuseRun> runs, String machine, String command) {
        List<AbuseRounds> abuses = runs.stream()
                .collect(Collectors.groupingBy(AbuseRun::label, LinkedHashMap::new, Collectors.toList()))
                .values()
                .stream()
                .map(AbuseRounds::of)
                .toList();
        StringBuilder text = new StringBuilder();
        text.append("Command: `").append(command).append("`  \n");
        text.append("Machine: ").append(machine).append("\n\n");
        text.append(
                "The first columns of figures are of the well-behaved clients, memory and core are the gateway's: live objects"
                        + " / resident outside of the heap, with the offenders there and when they had left. Of several rounds"
                        + " the one in the middle is told, with the least and the greatest ratio; success is that of the"
                        + " worst.\n\n");
        text.append(
                "| abuse | success | p50 us | p99 us | quiet p99 us | p99 / quiet | core % | connections opened | closed by the gateway"
                        + " | at the end | streams reset | MiB during | MiB after |\n");
        text.append("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
        for (AbuseRounds abuse : abuses) {
            AbuseRun run = abuse.median();
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s %% | %,.0f | %,.0f | %,.0f | %s | %.0f | %,d | %,d | %,d | %,d | %s | %s |%n",
                    run.label(),
                    percent(abuse.success()),
                    run.others().p50(),
                    run.others().p99(),
                    run.quiet().p99(),
                    ratio(abuse),
                    run.coreShare() * 100,
                    run.opened(),
                    run.closed(),
                    run.live(),
                    run.resets(),
                    memory(run.during()),
                    memory(run.after())));
        }
        text.append(String.format(
                Locale.ROOT,
                "%nSuccess of the others 100 %%: %s. Their p99 within %.0f times that of the quiet time before it: %s.%n",
                verdict(abuses.stream().filter(run -> run.success() < 1).toList()),
                AbuseRun.P99_RATIO_MAX,
                verdict(abuses.stream()
                        .filter(run -> run.median().p99Ratio() > AbuseRun.P99_RATIO_MAX)
                        .toList())));
        return text.toString();
    }

    private static String ratio(AbuseRounds abuse) {
        String middle = String.format(Locale.ROOT, "%.2f", abuse.median().p99Ratio());
        return abuse.byRatio().size() == 1
                ? middle
                : middle + String.format(Locale.ROOT, " (%.2f to %.2f)", abuse.leastRatio(), abuse.greatestRatio());
    }

    private static String verdict(List<AbuseRounds> missed) {
        return missed.isEmpty()
                ? "met by all"
                : "**missed** by "
                        + String.join(
                                ", ", missed.stream().map(AbuseRounds::label).toList());
    }

    /** All digits that it takes to be less than all. */
    private static String percent(double share) {
        return share == 1 ? "100" : String.format(Locale.ROOT, "%.3f", Math.floor(share * 100_000) / 1_000);
    }

    private static String memory(HeldMemory held) {
        return held.liveBytes() / MIB + " / " + held.outsideBytes() / MIB;
    }
}
