package io.percolate.gateway.admin.cli;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code pods}: the tier pods, and who is to leave them, through a running management process. */
@Command(
        name = "pods",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Lists tier pods, empties them and takes them back, through a running management process.",
            "",
            "  pods list --tier B",
            "  pods drain tier-b-2 --wait 300     # for a preStop hook: returns when it is empty, or after 300 s",
            "  pods undrain tier-b-2"
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
public final class PodsCommand {
    private static final int PAGE = 200;
    /** Of one call; longer waits are several. */
    private static final int WAIT_SECONDS_OF_ONE_CALL = 5;

    private final ManagementApi server;

    @Spec
    private CommandSpec spec;

    public PodsCommand(Map<String, String> variables) {
        this.server = new ManagementApi(variables);
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "All pods with their load and health.")
    int list(
            @Option(names = "--tier", paramLabel = "TIER", defaultValue = "", description = "A, B or C") String tier,
            @Mixin ManagementApi.Address address) {
        ManagementApi api = server.at(address);
        PrintWriter out = spec.commandLine().getOut();
        out.println(String.format(
                Locale.ROOT, "%-28s  %-4s  %-9s  %9s  %5s  %s", "POD", "TIER", "STATUS", "HOT", "WARM", "ADDRESS"));
        String cursor = "";
        do {
            JsonNode page = api.ask(
                    "GET",
                    "/v1/pods?limit=" + PAGE + (tier.isEmpty() ? "" : "&tier=" + ManagementApi.encoded(tier)) + cursor,
                    null);
            page.path("items").forEach(pod -> out.println(row(pod)));
            String next = page.path("next_cursor").asString("");
            cursor = next.isEmpty() ? "" : "&cursor=" + ManagementApi.encoded(next);
        } while (!cursor.isEmpty());
        return ExitCode.DONE;
    }

    private static String row(JsonNode pod) {
        String status = pod.path("lost").asBoolean(false)
                ? "lost"
                : pod.path("alive").asBoolean(true) ? pod.path("status").asString("?") : "silent";
        return String.format(
                Locale.ROOT,
                "%-28s  %-4s  %-9s  %4d/%-4d  %5d  %s",
                pod.path("id").asString("?"),
                pod.path("tier").asString("?"),
                status,
                pod.path("hot_tenants").asLong(0),
                pod.path("capacity").asLong(0),
                pod.path("warm_tenants").asLong(0),
                pod.path("address").asString("?"));
    }

    @Command(
            name = "drain",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "Has everybody leave a pod: hot tenants to other pods, those on its disk to S3.")
    int drain(
            @Parameters(paramLabel = "POD") String pod,
            @Option(
                            names = "--wait",
                            paramLabel = "SECONDS",
                            description = "wait until it is empty, at most so long; fails when it is not empty then")
                    Optional<Integer> wait,
            @Mixin PaceOptions pace,
            @Mixin ManagementApi.Address address) {
        ManagementApi api = server.at(address);
        PrintWriter out = spec.commandLine().getOut();
        JsonNode begun = api.ask("POST", path(pod) + "/drain", pace.body());
        out.println(left(begun));
        out.flush();
        return wait.isEmpty() ? ExitCode.DONE : await(api, pod, Duration.ofSeconds(wait.get()), out);
    }

    private static int await(ManagementApi api, String pod, Duration atMost, PrintWriter out) {
        boolean terminal =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        long untilNanos = System.nanoTime() + atMost.toNanos();
        String shown = "";
        while (true) {
            long leftSeconds = Math.max(0, (untilNanos - System.nanoTime()) / 1_000_000_000L);
            JsonNode now = api.ask(
                    "GET",
                    path(pod) + "/drain?wait_seconds=" + Math.min(terminal ? 1 : WAIT_SECONDS_OF_ONE_CALL, leftSeconds),
                    null);
            String line = left(now);
            if (!line.equals(shown)) {
                out.print(terminal ? "\r" + line : line + System.lineSeparator());
                out.flush();
                shown = line;
            }
            boolean drained = now.path("drained").asBoolean(false);
            if (drained || System.nanoTime() >= untilNanos) {
                if (terminal) {
                    out.println();
                }
                return drained ? ExitCode.DONE : ExitCode.FAILED;
            }
        }
    }

    private static String left(JsonNode drain) {
        return String.format(
                Locale.ROOT,
                "%s is %s: %d hot, %d on disk, %d moving are left   ",
                drain.path("pod").asString("?"),
                drain.path("drained").asBoolean(false)
                        ? "empty"
                        : drain.path("status").asString("?"),
                drain.path("hot").asLong(0),
                drain.path("warm").asLong(0),
                drain.path("moving").asLong(0));
    }

    @Command(name = "undrain", mixinStandardHelpOptions = true, description = "Gives a pod tenants again.")
    int undrain(@Parameters(paramLabel = "POD") String pod, @Mixin ManagementApi.Address address) {
        spec.commandLine().getOut().println(left(server.at(address).ask("POST", path(pod) + "/undrain", null)));
        return ExitCode.DONE;
    }

    @Command(
            name = "give-up",
            mixinStandardHelpOptions = true,
            description = {
                "Says that a lost pod and its disk will not return: its tenants go on from their last snapshots in S3, those",
                "without one empty."
            })
    int giveUp(
            @Parameters(paramLabel = "POD") String pod,
            @Option(names = "--yes", required = true, description = "it is meant: data may be lost") boolean yes,
            @Mixin ManagementApi.Address address) {
        spec.commandLine().getOut().println(left(server.at(address).ask("POST", path(pod) + "/give-up", null)));
        return yes ? ExitCode.DONE : ExitCode.REFUSED;
    }

    private static String path(String pod) {
        return "/v1/pods/" + ManagementApi.encoded(pod);
    }
}
