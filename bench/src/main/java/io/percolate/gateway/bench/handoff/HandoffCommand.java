package io.percolate.gateway.bench.handoff;

import io.percolate.gateway.bench.handoff.fleet.Fleet;
import io.percolate.gateway.bench.handoff.fleet.FleetPlan;
import io.percolate.gateway.bench.handoff.loss.LossResult;
import io.percolate.gateway.bench.handoff.loss.LossRun;
import io.percolate.gateway.bench.results.ResultsFile;
import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.S3Server;
import io.percolate.gateway.fixtures.TemporaryFolder;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./gateway bench handoff}: whether anything is lost while tenants move, and what their requests notice. */
@Command(
        name = "handoff",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Moves tenants between pods under load, kills pods, gateways and movers, and checks what clients saw.",
            "Other cases lose a pod, replace all pods of a tier, or cut processes off from PostgreSQL.",
            "PostgreSQL, S3, pods, gateways, movers and management are processes of their own; loopback only."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
public final class HandoffCommand implements Callable<Integer> {
    private static final Duration QUIET = Duration.ofSeconds(6);
    private static final Duration QUIET_OF_CASES = Duration.ofSeconds(3);
    private static final int TENANTS = 24;
    private static final int TENANTS_OF_LOSS = 600;
    private static final int PODS = 3;
    private static final int PODS_OF_LOSS = 6;
    /** As a fleet's own times are for a machine that is busy with its start, and not with being cut off. */
    private static final String DATABASE_TIMEOUT_OF_SPLIT = "3s";

    @Spec
    private CommandSpec spec;

    @Option(names = "--case", description = "MOVES, LOSS, ROLLING or SPLIT (default: MOVES)")
    private HandoffCase which = HandoffCase.MOVES;

    @Option(names = "--moves", description = "moves after which it ends (default: 10000); case MOVES")
    private long moves = 10_000;

    @Option(names = "--seconds", description = "after which it ends in any case (default: 1800); case MOVES")
    private long seconds = 1_800;

    @Option(
            names = "--warm",
            description =
                    "seconds of load before anything is timed or counted, in case MOVES with moves (default: 20; case LOSS 3)")
    private @Nullable Long warmSeconds;

    @Option(names = "--tenants", description = "tenants (default: 24; case LOSS 600, half of tier A and half of B)")
    private @Nullable Integer tenants;

    @Option(names = "--pods", description = "pods (default: 3; case LOSS 6 of each tier)")
    private @Nullable Integer pods;

    @Option(names = "--gateways", description = "gateways (default: 2)")
    private int gateways = 2;

    @Option(names = "--movers", description = "processes that move tenants (default: 2); cases MOVES, SPLIT")
    private int movers = 2;

    @Option(names = "--rate", description = "moves a second that are tried (default: 20); cases MOVES, SPLIT")
    private double rate = 20;

    @Option(names = "--pace", description = "times the usual load of a tenant, 20 requests a second (default: 1)")
    private double pace = 1;

    @Option(
            names = "--kills",
            description = "processes killed, pods, gateways and movers in turn (default: 6); case MOVES")
    private int kills = 6;

    @Option(
            names = "--cut-off",
            split = ",",
            description = "who is cut off from PostgreSQL, one after the other (default: gateway,pod); case SPLIT")
    private List<CutOff> cutOff = List.of(CutOff.values());

    @Option(names = "--split", description = "seconds for which each is cut off (default: 15); case SPLIT")
    private long splitSeconds = 15;

    @Option(
            names = "--snapshots",
            description = "seconds between two snapshots of a tenant in use (default: 30); case LOSS")
    private long snapshotSeconds = 30;

    @Option(
            names = "--rest",
            description = "milliseconds between two requests of a tenant's client (default: 3000); case LOSS")
    private long restMillis = 3_000;

    @Option(
            names = "--rehearse",
            description = "all tenants of the tiers that lose a pod go to S3 and come back before; case LOSS")
    private boolean rehearsed;

    @Option(names = "--kill", split = ",", description = "tiers that lose a pod (default: A,B); case LOSS")
    private List<Bereft> bereft = List.of(Bereft.A, Bereft.B);

    @Option(names = "--seed", description = "of what is random (default: the time)")
    private long seed = System.nanoTime();

    @Option(names = "--logs", description = "folder for the data and logs of all processes, kept (default: deleted)")
    private @Nullable Path logs;

    @Option(names = "--out", description = "folder for HANDOFF.md; nothing is written without")
    private @Nullable Path out;

    /** Tiers of the case LOSS. */
    enum Bereft {
        A,
        B
    }

    /** Who may be cut off. */
    enum CutOff {
        GATEWAY,
        POD
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.ERROR));
        say("seed " + seed);
        Path folder = logs == null ? TemporaryFolder.create("handoff") : Files.createDirectories(logs);
        CaseResult result;
        try (PostgresServer postgres = PostgresServer.startEmbedded();
                S3Server s3 = S3Server.start()) {
            postgres.migrate();
            s3.endpoint().createBucket(Fleet.BUCKET);
            try (Fleet fleet = new Fleet(postgres.database(), s3.endpoint(), plan(), folder)) {
                fleet.start();
                result = run(fleet);
            }
        } finally {
            if (logs == null) {
                TemporaryFolder.delete(folder);
            }
        }
        String report = conditions() + result.markdown();
        say(report);
        if (out != null) {
            new ResultsFile(out, "HANDOFF.md", "# Moves between pods, measured").replace(section(), report);
        }
        return result.within() ? 0 : 1;
    }

    /** Each of who may be cut off alone has a section of its own. */
    private String section() {
        return which == HandoffCase.SPLIT && cutOff.size() == 1
                ? which.section() + ": a " + cutOff.getFirst().name().toLowerCase(Locale.ROOT)
                : which.section();
    }

    private int tenants() {
        return tenants != null ? tenants : which == HandoffCase.LOSS ? TENANTS_OF_LOSS : TENANTS;
    }

    private int pods() {
        return pods != null ? pods : which == HandoffCase.LOSS ? PODS_OF_LOSS : PODS;
    }

    private FleetPlan plan() {
        return switch (which) {
            case MOVES -> FleetPlan.ofMoves(pods(), gateways, movers, tenants(), rate, seed);
            case LOSS ->
                LossRun.fleet(pods(), gateways, tenants(), Duration.ofSeconds(snapshotSeconds), rehearsed, seed);
            case ROLLING -> ofTierC(0, 1, FleetPlan.Settings.NONE, Set.of());
            case SPLIT ->
                ofTierC(
                        movers,
                        0,
                        new FleetPlan.Settings(
                                Map.of(
                                        "GATEWAY_DB_CONNECT_TIMEOUT", DATABASE_TIMEOUT_OF_SPLIT,
                                        "GATEWAY_DB_ACQUIRE_TIMEOUT", DATABASE_TIMEOUT_OF_SPLIT,
                                        "GATEWAY_DB_STATEMENT_TIMEOUT", DATABASE_TIMEOUT_OF_SPLIT,
                                        "GATEWAY_DB_TRANSACTION_TIMEOUT", DATABASE_TIMEOUT_OF_SPLIT),
                                Map.of(),
                                Map.of()),
                        Set.copyOf(cutOffNames()));
        };
    }

    private FleetPlan ofTierC(int fleetMovers, int managers, FleetPlan.Settings settings, Set<String> linked) {
        return new FleetPlan(
                Map.of(Tier.C, pods()),
                gateways,
                fleetMovers,
                managers,
                Map.of(Tier.C, tenants()),
                rate,
                tenants() * 2,
                settings,
                linked,
                seed);
    }

    private List<String> cutOffNames() {
        return cutOff.stream()
                .map(kind -> switch (kind) {
                    case GATEWAY -> FleetPlan.gatewayName(0);
                    case POD -> FleetPlan.podName(Tier.C, 0);
                })
                .toList();
    }

    private Duration warm(long defaultSeconds) {
        return Duration.ofSeconds(warmSeconds == null ? defaultSeconds : warmSeconds);
    }

    private CaseResult run(Fleet fleet) throws InterruptedException {
        return switch (which) {
            case MOVES -> {
                HandoffRun.Plan plan =
                        new HandoffRun.Plan(moves, Duration.ofSeconds(seconds), QUIET, warm(20), kills, pace, seed);
                HandoffResult result = new HandoffRun(fleet, plan, this::say).run();
                yield new CaseResult(result.isWithinBounds(), result.markdown());
            }
            case LOSS -> {
                LossRun.Plan plan = new LossRun.Plan(
                        warm(3),
                        QUIET_OF_CASES,
                        Duration.ofMillis(restMillis),
                        bereft.stream().map(tier -> Tier.valueOf(tier.name())).collect(Collectors.toSet()),
                        rehearsed);
                LossResult result = new LossRun(fleet, plan, this::say).run();
                yield new CaseResult(result.isWithinBounds(), result.markdown());
            }
            case ROLLING -> new RollingRun(fleet, QUIET_OF_CASES, pace, this::say).run();
            case SPLIT ->
                new SplitRun(
                                fleet,
                                new SplitRun.Plan(
                                        cutOffNames(), Duration.ofSeconds(splitSeconds), QUIET_OF_CASES, pace),
                                this::say)
                        .run();
        };
    }

    private String conditions() {
        // Begins with the name of this command.
        String command = String.join(" ", spec.commandLine().getParseResult().originalArgs());
        String each = which == HandoffCase.LOSS ? " of each of two tiers" : "";
        return which.question() + "\n\nCommand: `./gateway bench "
                + (command.startsWith("handoff") ? command : "handoff " + command)
                + "`, seed " + seed + "  \nMachine: "
                + Runtime.getRuntime().availableProcessors()
                + " cores, which PostgreSQL, S3, " + pods() + " pods" + each + ", " + gateways + " gateways, "
                + switch (which) {
                    case MOVES, SPLIT -> movers + " movers";
                    case LOSS, ROLLING -> "a management process";
                }
                + " and the clients of " + tenants() + " tenants share; Java "
                + Runtime.version().feature() + "\n\n";
    }

    private void say(String line) {
        spec.commandLine().getOut().println(line);
        spec.commandLine().getOut().flush();
    }
}
