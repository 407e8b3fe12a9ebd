package io.percolate.gateway.bench.faults;

import io.percolate.gateway.bench.load.GatewayUnderLoad;
import io.percolate.gateway.bench.results.ResultsFile;
import io.percolate.gateway.fixtures.TemporaryFolder;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./gateway bench faults}: what is noticed of pods and dependencies in trouble; fails where a bound is broken. */
@Command(
        name = "faults",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Has a pod, Redis or PostgreSQL fail in one way after the other under a steady load, one tenant send a hundred",
            "times its share, or all send three times what can be answered; tells what others notice, and fails where",
            "that is more than it may be. Real processes on loopback; pods are stand-ins whose faults can be set."
        })
public final class FaultsCommand implements Callable<Integer> {
    /** Quick enough for a bench; production defaults take ten times as long to come back. */
    static final Map<String, String> QUICK = Map.ofEntries(
            Map.entry("GATEWAY_HEALTH_INTERVAL", "500ms"),
            Map.entry("GATEWAY_HEALTH_TIMEOUT", "300ms"),
            Map.entry("GATEWAY_HEALTH_UNHEALTHY_AFTER", "2"),
            Map.entry("GATEWAY_OUTLIER_CONSECUTIVE_CONNECTS", "3"),
            Map.entry("GATEWAY_OUTLIER_EJECTION_TIME", "1s"),
            Map.entry("GATEWAY_OUTLIER_EJECTION_TIME_MAX", "1s"),
            Map.entry("GATEWAY_OUTLIER_REENTRY_TIME", "500ms"),
            Map.entry("GATEWAY_UPSTREAM_CONNECT_TIMEOUT", "250ms"),
            Map.entry("GATEWAY_UPSTREAM_RESPONSE_TIMEOUT", "1s"),
            Map.entry("GATEWAY_POD_CALL_TIMEOUT", "300ms"),
            Map.entry("GATEWAY_WAKE_BACKOFF_MAX", "500ms"),
            Map.entry("GATEWAY_COLD_HOLD_LIMIT", "1s"));

    static final List<String> TENANTS_OF_POD = List.of("B", "B", "B", "B");
    static final int PODS = 4;
    static final int DELAY_MILLIS = 10;

    private static final int WARM_MILLIS = 4_000;
    private static final double PER_SECOND = 10;

    /** What is run. */
    enum Kind {
        PODS,
        DEPENDENCIES,
        NOISY,
        OVERLOAD
    }

    @Option(names = "--case", split = ",", description = "PODS, DEPENDENCIES, NOISY, OVERLOAD (default: all)")
    private Set<Kind> kinds = EnumSet.allOf(Kind.class);

    @Parameters(
            arity = "0..*",
            description = "faults of PODS and DEPENDENCIES to run (default: all): ${COMPLETION-CANDIDATES}")
    private List<FaultCase> only = List.of();

    @Option(names = "--seconds", description = "length of each fault; ten times that for overload (default: 2)")
    private int seconds = 2;

    @Option(
            names = "--unrehearsed",
            description =
                    "measure the first fault that the gateway's process ever meets, too, whose code is new to it then")
    private boolean unrehearsed;

    @Option(names = "--out", description = "folder for FAULTS.md; nothing is written without")
    private @Nullable Path out;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.ERROR));
        boolean sound = true;
        for (Kind kind : kinds) {
            Report report = switch (kind) {
                case PODS -> faults(fault -> !fault.isOfDependency());
                case DEPENDENCIES -> faults(FaultCase::isOfDependency);
                case NOISY -> noisy();
                case OVERLOAD -> overload();
            };
            sound &= report.sound();
            write(kind, report.text());
        }
        return sound ? 0 : 1;
    }

    private record Report(String text, boolean sound) {}

    private Report faults(Function<FaultCase, Boolean> wanted) throws IOException {
        List<FaultCase> faults = (only.isEmpty() ? Arrays.stream(FaultCase.values()) : only.stream())
                .filter(wanted::apply)
                .toList();
        if (faults.isEmpty()) {
            return new Report("", true);
        }
        return with(PODS, TENANTS_OF_POD, DELAY_MILLIS, QUICK, rig -> {
            List<FaultResult> results = new FaultRun(rig, PER_SECOND, WARM_MILLIS, 1_500, seconds * 1_000L, 3_000)
                    .run(faults, !unrehearsed);
            return new Report(
                    FaultResult.heading()
                            + results.stream().map(result -> result.row(true)).collect(Collectors.joining()),
                    results.stream().allMatch(result -> result.broken(true).isEmpty()));
        });
    }

    private Report noisy() throws IOException {
        return with(0, NoisyNeighbour.TIERS, DELAY_MILLIS, NoisyNeighbour.SETTINGS, rig -> {
            NoisyNeighbour.Result result = NoisyNeighbour.run(rig, NoisyNeighbour.TIMES, WARM_MILLIS, 5_000L * seconds);
            return new Report(result.report(true), result.broken(true).isEmpty());
        });
    }

    private Report overload() throws IOException {
        return with(0, TooMuch.TIERS, TooMuch.DELAY_MILLIS, TooMuch.SETTINGS, rig -> {
            TooMuch.Result result = TooMuch.run(rig, WARM_MILLIS, 10_000L * seconds, 4_000);
            return new Report(result.report(true), result.broken(true).isEmpty());
        });
    }

    private static Report with(
            int pods, List<String> tiers, int delayMillis, Map<String, String> settings, Function<FaultRig, Report> run)
            throws IOException {
        Path folder = TemporaryFolder.create("percolate-faults-");
        try (FaultRig rig = new FaultRig(folder, pods, tiers, delayMillis, settings)) {
            return run.apply(rig);
        } finally {
            TemporaryFolder.delete(folder);
        }
    }

    private void write(Kind kind, String text) throws IOException {
        String command = "./gateway bench "
                + Stream.concat(
                                Stream.of("faults --case " + kind.name().toLowerCase(Locale.ROOT) + " --seconds "
                                        + seconds + (unrehearsed ? " --unrehearsed" : "")),
                                only.stream().map(fault -> fault.name().toLowerCase(Locale.ROOT)))
                        .collect(Collectors.joining(" "));
        String section = "Command: `" + command + "`  \n" + GatewayUnderLoad.machine() + "\n\n" + text;
        spec.commandLine().getOut().printf("%n%s%n", section);
        spec.commandLine().getOut().flush();
        if (out != null) {
            new ResultsFile(out, "FAULTS.md", "# Faults")
                    .replace(kind.name().charAt(0) + kind.name().substring(1).toLowerCase(Locale.ROOT), section);
        }
    }
}
