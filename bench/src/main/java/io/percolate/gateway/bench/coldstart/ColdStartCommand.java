package io.percolate.gateway.bench.coldstart;

import io.percolate.gateway.bench.load.HeldMemory;
import io.percolate.gateway.bench.results.ResultsFile;
import io.percolate.gateway.fixtures.TemporaryFolder;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench cold-start}: real processes, real requests; fails where anything was lost. */
@Command(
        name = "cold-start",
        mixinStandardHelpOptions = true,
        description =
                "Measures cold starts: a storm of cold tenants with a pod killed, a herd on one, how soon held requests go"
                        + " on, and what holding takes.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
public final class ColdStartCommand implements Callable<Integer> {
    private static final long MIB = 1 << 20;
    private static final int PROBES = 3_000;
    private static final int RELEASE_MILLIS_MAX = 50;

    @Option(names = "--case", split = ",", description = "STORM, HERD, TAKEOVER, RELEASE, HELD (default: all).")
    private List<ColdStartCase> cases = List.of(ColdStartCase.values());

    @Option(names = "--tenants", defaultValue = "5000", description = "Cold tenants of the storm (default: 5000).")
    private int tenants;

    @Option(names = "--seconds", defaultValue = "10", description = "In which they come back (default: 10).")
    private int seconds;

    @Option(
            names = "--warm",
            defaultValue = "1000",
            description =
                    "Cold tenants of a storm before it, which is not timed: processes that have just started compile"
                            + " (default: 1000).")
    private int warm;

    @Option(names = "--pods", defaultValue = "6", description = "Pods (default: 6).")
    private int pods;

    @Option(names = "--gateways", defaultValue = "3", description = "Gateways (default: 3).")
    private int gateways;

    @Option(names = "--requests", defaultValue = "10000", description = "Requests of the herd (default: 10000).")
    private int requests;

    @Option(
            names = "--released",
            defaultValue = "600",
            description = "Tenants woken for each of the loads of RELEASE (default: 600).")
    private int released;

    @Option(names = "--pace", defaultValue = "20", description = "Of these a second (default: 20).")
    private int pace;

    @Option(
            names = "--loads",
            split = ",",
            defaultValue = "0,300,2000",
            description = "Milliseconds that a load takes at least, each measured (default: 0,300,2000).")
    private List<Integer> loads;

    @Option(names = "--held", defaultValue = "100000", description = "Requests held (default: 100000).")
    private int held;

    @Option(
            names = "--streams",
            defaultValue = "100",
            description = "Held on each connection, over HTTP/2; 1: each on its own, over HTTP/1.1; mind ulimit -n"
                    + " (default: 100).")
    private int streams;

    @Option(names = "--report", defaultValue = "bench", description = "Folder of COLDSTART.md (default: bench).")
    private Path report;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.ERROR));
        boolean sound = true;
        for (ColdStartCase each : cases) {
            say("\n" + each + ": " + each.question());
            sound &= switch (each) {
                case STORM -> with(plan(each), this::storm);
                case HERD -> with(plan(each), rig -> herd(rig, each, false));
                case TAKEOVER -> with(plan(each), rig -> herd(rig, each, true));
                case RELEASE -> release();
                case HELD -> with(plan(each), this::held);
            };
        }
        return sound ? 0 : 1;
    }

    private static <T> T with(ColdStartRig.Plan plan, OnRig<T> run) throws IOException {
        Path folder = TemporaryFolder.create("cold-start");
        try (ColdStartRig rig = new ColdStartRig(plan, folder)) {
            return run.on(rig);
        } finally {
            TemporaryFolder.delete(folder);
        }
    }

    /** What is done with one rig. */
    private interface OnRig<T> {
        T on(ColdStartRig rig) throws IOException;
    }

    private ColdStartRig.Plan plan(ColdStartCase of) {
        return switch (of) {
            case RELEASE -> releasePlan(0);
            case STORM ->
                // With one pod away there is a place for everybody, and few more.
                new ColdStartRig.Plan(
                        pods,
                        (tenants + warm) / (pods - 1) + 10,
                        gateways,
                        Duration.ZERO,
                        ColdStartRig.Plan.SMALL,
                        Map.of());
            case HERD ->
                new ColdStartRig.Plan(pods, 20, gateways, Duration.ofMillis(500), ColdStartRig.Plan.SMALL, Map.of());
            case TAKEOVER ->
                new ColdStartRig.Plan(pods, 20, gateways, Duration.ofSeconds(2), ColdStartRig.Plan.SMALL, Map.of());
            case HELD ->
                new ColdStartRig.Plan(
                        1,
                        20,
                        1,
                        Duration.ZERO,
                        List.of("-Xmx1g"),
                        Map.of(
                                "GATEWAY_COLD_HELD_MAX", Integer.toString(held),
                                "GATEWAY_COLD_HOLD_LIMIT", "5m",
                                "GATEWAY_WAKE_TIMEOUT", "5m",
                                "GATEWAY_WAKE_ROOM_WAIT", "5m"));
        };
    }

    private boolean storm(ColdStartRig rig) throws IOException {
        if (warm > 0) {
            new Storm(rig).run(warm, Duration.ofMillis(1_000L * seconds * warm / tenants), false);
        }
        Storm.Result result = new Storm(rig).run(tenants, Duration.ofSeconds(seconds), true);
        long retried =
                result.writes().stream().filter(write -> write.retries() > 0).count();
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "After %,d others: %,d cold tenants in %d s through %d gateways over %d pods, one of which is killed halfway and restarted after"
                        + " 2 s.%n%n| | |%n| --- | --- |%n| never answered | %d |%n| accepted writes that are gone | %d |%n|"
                        + " tenants that two pods would serve | %d |%n| pods over their capacity | %d |%n| answered after"
                        + " being told to come back, or a broken connection | %,d |%n| why, each time | %s"
                        + " |%n%nWhere the time of the answered went, in"
                        + " ms, as their `Server-Timing` says (whole: as the client saw it, retries and all):%n%n",
                warm,
                tenants,
                seconds,
                gateways,
                pods,
                result.unanswered().size(),
                result.lost().size(),
                result.twoHosts().size(),
                result.overfull().size(),
                retried,
                result.repeated()));
        text.append("| phase | requests | p50 | p90 | p99 | max |\n| --- | --- | --- | --- | --- | --- |\n");
        result.phases().values().forEach(phase -> text.append(phase.row()).append('\n'));
        text.append("\n```\n");
        for (String phase : List.of("whole", "queue", "load")) {
            text.append(Objects.requireNonNull(result.phases().get(phase)).histogram());
        }
        text.append("```\n");
        List<String> bad = new ArrayList<>(result.unanswered());
        bad.addAll(result.lost());
        bad.addAll(result.twoHosts());
        bad.addAll(result.overfull());
        bad.stream().limit(20).forEach(this::say);
        write(ColdStartCase.STORM, text.toString());
        return result.isSound();
    }

    private boolean herd(ColdStartRig rig, ColdStartCase as, boolean kill) throws IOException {
        Herd.Result result = new Herd(rig).run(requests, kill);
        Durations durations = result.durations("answered after");
        write(
                as,
                String.format(
                                Locale.ROOT,
                                "%,d requests at once through %d gateways for one cold tenant.%n%n| | |%n| --- | --- |%n|"
                                        + " never answered | %d |%n| orders to load it that pods got | %d |%n| times it was"
                                        + " assigned | %d |%n| sent again | %,d |%n%n| ms | requests | p50 | p90 | p99 | max"
                                        + " |%n| --- | --- | --- | --- | --- | --- |%n",
                                requests,
                                gateways,
                                result.unanswered(),
                                result.loads(),
                                result.epoch(),
                                result.answers().stream()
                                        .mapToLong(PatientClient.Outcome::retries)
                                        .sum())
                        + durations.row() + "\n\n```\n" + durations.histogram() + "```\n");
        return result.unanswered() == 0 && result.epoch() == (kill ? 2 : 1);
    }

    private ColdStartRig.Plan releasePlan(int loadMillis) {
        return new ColdStartRig.Plan(
                pods,
                (released + warm) / pods * 2 + 10,
                gateways,
                Duration.ofMillis(loadMillis),
                ColdStartRig.Plan.SMALL,
                Map.of());
    }

    private boolean release() throws IOException {
        boolean sound = true;
        StringBuilder rows = new StringBuilder();
        long notHeld = 0;
        for (int loadMillis : loads) {
            Release.Result result = with(releasePlan(loadMillis), rig -> {
                if (warm > 0) {
                    new Release(rig).run(warm, pace * 2, "warm-up");
                }
                return new Release(rig).run(released, pace, "loads of " + loadMillis + " ms and more");
            });
            rows.append(result.released().row())
                    .append(String.format(
                            Locale.ROOT, " %s |%n", result.released().at(99) <= RELEASE_MILLIS_MAX ? "pass" : "FAIL"));
            notHeld += result.notHeld();
            sound &= result.unanswered() == 0 && result.released().at(99) <= RELEASE_MILLIS_MAX;
            say(result.released().row());
        }
        write(
                ColdStartCase.RELEASE,
                String.format(
                        Locale.ROOT,
                        "%d cold tenants a second over %d pods, after %,d others; each asked for through each of %d gateways at once. From"
                                + " the moment that the pod has the tenant in memory to the one that the request is at the"
                                + " pod, both by the pod's clock. %,d requests that found their tenant hot, or were sent"
                                + " again, are left out.%n%n| ms | requests | p50 | p90 | p99 | max | p99 <= %d ms"
                                + " |%n| --- | --- | --- | --- | --- | --- | --- |%n%s",
                        pace,
                        pods,
                        warm,
                        gateways,
                        notHeld,
                        RELEASE_MILLIS_MAX,
                        rows));
        return sound;
    }

    private boolean held(ColdStartRig rig) throws IOException {
        Held.Result result = new Held(rig, PROBES, streams).run(held, 100);
        write(
                ColdStartCase.HELD,
                String.format(
                                Locale.ROOT,
                                "%,d requests held in one gateway (-Xmx1g, and the collector that the VM chooses), each with a body; %s; 100 more.%n%n|"
                                        + " | |%n| --- | --- |%n| in memory before | %s |%n| with the connections open | %s"
                                        + " |%n| with the requests held | %s |%n| a held request, with its part of its"
                                        + " connection | %,d bytes |%n| refused with 503 and `Retry-After` beyond the bound |"
                                        + " %d of 100 |%n%nOf a hot tenant, one request after the other, ms:%n%n| | requests"
                                        + " | p50 | p90 | p99 | max |%n| --- | --- | --- | --- | --- | --- |%n",
                                result.held(),
                                streams == 1
                                        ? "each on a connection of its own, over HTTP/1.1"
                                        : streams + " on each connection, over HTTP/2",
                                memory(result.start()),
                                memory(result.idle()),
                                memory(result.full()),
                                result.bytesEach(),
                                result.refused())
                        + result.before().row().replace("another tenant's request", "before") + "\n"
                        + result.arriving().row().replace("another tenant's request", "while they come") + "\n"
                        + result.during().row().replace("another tenant's request", "while they are held") + "\n");
        return result.held() == held && result.refused() == 100;
    }

    private static String memory(HeldMemory memory) {
        return memory.liveBytes() / MIB + " MiB of live objects, " + memory.outsideBytes() / MIB
                + " MiB outside of the heap";
    }

    private void write(ColdStartCase of, String text) throws IOException {
        say(text);
        String command = "./gateway bench cold-start "
                + spec.commandLine().getParseResult().originalArgs().stream()
                        .filter(argument -> !argument.equals("cold-start"))
                        .collect(Collectors.joining(" "));
        new ResultsFile(report, "COLDSTART.md", "# Cold starts, measured")
                .replace(
                        of.name().toLowerCase(Locale.ROOT),
                        of.question() + "\n\nCommand: `" + command.strip() + "`  \nMachine: "
                                + Runtime.getRuntime().availableProcessors()
                                + " cores, which gateways, pods, PostgreSQL and"
                                + " the clients share; Java "
                                + Runtime.version().feature() + "\n\n" + text);
    }

    private void say(String line) {
        spec.commandLine().getOut().println(line);
        spec.commandLine().getOut().flush();
    }
}
