package io.percolate.gateway.bench.handoff;

import io.percolate.gateway.bench.results.ResultsFile;
import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.S3Server;
import io.percolate.gateway.fixtures.TemporaryFolder;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
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
            "PostgreSQL, S3, pods, gateways and movers are processes of their own; loopback only."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
public final class HandoffCommand implements Callable<Integer> {
    private static final String SECTION = "Results";
    private static final Duration QUIET = Duration.ofSeconds(6);

    @Spec
    private CommandSpec spec;

    @Option(names = "--moves", description = "moves after which it ends (default: 10000)")
    private long moves = 10_000;

    @Option(names = "--seconds", description = "after which it ends in any case (default: 1800)")
    private long seconds = 1_800;

    @Option(names = "--tenants", description = "tenants (default: 24)")
    private int tenants = 24;

    @Option(names = "--pods", description = "pods (default: 3)")
    private int pods = 3;

    @Option(names = "--gateways", description = "gateways (default: 2)")
    private int gateways = 2;

    @Option(names = "--movers", description = "processes that move tenants (default: 2)")
    private int movers = 2;

    @Option(names = "--rate", description = "moves a second that are tried (default: 20)")
    private double rate = 20;

    @Option(names = "--pace", description = "times the usual load of a tenant, 20 requests a second (default: 1)")
    private double pace = 1;

    @Option(names = "--kills", description = "processes killed, pods, gateways and movers in turn (default: 6)")
    private int kills = 6;

    @Option(names = "--seed", description = "of what is random (default: the time)")
    private long seed = System.nanoTime();

    @Option(names = "--logs", description = "folder for the data and logs of all processes, kept (default: deleted)")
    private @Nullable Path logs;

    @Option(names = "--out", description = "folder for HANDOFF.md; nothing is written without")
    private @Nullable Path out;

    @Override
    public Integer call() throws IOException, InterruptedException {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.ERROR));
        say("seed " + seed);
        Path folder = logs == null ? TemporaryFolder.create("handoff") : Files.createDirectories(logs);
        HandoffResult result;
        try (PostgresServer postgres = PostgresServer.startEmbedded();
                S3Server s3 = S3Server.start()) {
            postgres.migrate();
            s3.endpoint().createBucket(Fleet.BUCKET);
            try (Fleet fleet = new Fleet(
                    postgres.database(),
                    s3.endpoint(),
                    new Fleet.Size(pods, gateways, movers, tenants, rate),
                    folder,
                    seed)) {
                fleet.start();
                HandoffRun.Plan plan =
                        new HandoffRun.Plan(moves, Duration.ofSeconds(seconds), QUIET, kills, pace, seed);
                result = new HandoffRun(fleet, plan, this::say).run();
            }
        } finally {
            if (logs == null) {
                TemporaryFolder.delete(folder);
            }
        }
        String report = report(result);
        say(report);
        if (out != null) {
            new ResultsFile(out, "HANDOFF.md", "# Moves between pods, measured").replace(SECTION, report);
        }
        return result.isWithinBounds() ? 0 : 1;
    }

    private String report(HandoffResult result) {
        // Begins with the name of this command.
        String command = String.join(" ", spec.commandLine().getParseResult().originalArgs());
        return "Command: `./gateway bench " + (command.startsWith("handoff") ? command : "handoff " + command)
                + "`, seed " + seed + "  \nMachine: "
                + Runtime.getRuntime().availableProcessors()
                + " cores, which PostgreSQL, S3, " + pods + " pods, " + gateways + " gateways, " + movers
                + " movers and the clients of " + tenants + " tenants share; Java "
                + Runtime.version().feature() + "\n\n" + result.markdown();
    }

    private void say(String line) {
        spec.commandLine().getOut().println(line);
        spec.commandLine().getOut().flush();
    }
}
