package io.percolate.gateway.bench.abuse;

import io.percolate.gateway.bench.load.HeldMemory;
import java.util.List;
import java.util.Locale;

/** The runs as Markdown, the quiet one first. */
final class AbuseReport {
    private static final int MIB = 1 << 20;

    private AbuseReport() {}

    static String markdown(List<AbuseRun> runs, String machine, String command) {
        AbuseRun quiet = runs.getFirst();
        StringBuilder text = new StringBuilder();
        text.append("Command: `").append(command).append("`  \n");
        text.append("Machine: ").append(machine).append("\n\n");
        text.append(
                "The first two columns of figures are of the well-behaved clients, memory and core are the gateway's:"
                        + " live objects / resident outside of the heap, with the offenders there and when they had left.\n\n");
        text.append(
                "| abuse | success | p50 us | p99 us | p99 / quiet | core % | connections opened | closed by the gateway"
                        + " | at the end | streams reset | MiB during | MiB after |\n");
        text.append("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
        for (AbuseRun run : runs) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s %% | %,.0f | %,.0f | %s | %.0f | %,d | %,d | %,d | %,d | %s | %s |%n",
                    run.label(),
                    percent(run.success()),
                    run.others().p50(),
                    run.others().p99(),
                    run.equals(quiet) ? "" : String.format(Locale.ROOT, "%.2f", run.p99Ratio(quiet)),
                    run.coreShare() * 100,
                    run.opened(),
                    run.closed(),
                    run.live(),
                    run.resets(),
                    memory(run.during()),
                    memory(run.after())));
        }
        List<AbuseRun> abuses = runs.subList(1, runs.size());
        text.append(String.format(
                Locale.ROOT,
                "%nSuccess of the others 100 %%: %s. Their p99 within %.0f times that of the quiet time: %s.%n",
                verdict(abuses.stream().filter(run -> run.success() < 1).toList()),
                AbuseRun.P99_RATIO_MAX,
                verdict(abuses.stream()
                        .filter(run -> run.p99Ratio(quiet) > AbuseRun.P99_RATIO_MAX)
                        .toList())));
        return text.toString();
    }

    private static String verdict(List<AbuseRun> missed) {
        return missed.isEmpty()
                ? "met by all"
                : "**missed** by "
                        + String.join(", ", missed.stream().map(AbuseRun::label).toList());
    }

    /** All digits that it takes to be less than all. */
    private static String percent(double share) {
        return share == 1 ? "100" : String.format(Locale.ROOT, "%.3f", Math.floor(share * 100_000) / 1_000);
    }

    private static String memory(HeldMemory held) {
        return held.liveBytes() / MIB + " / " + held.outsideBytes() / MIB;
    }
}
