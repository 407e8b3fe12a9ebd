package io.percolate.gateway.admin.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** {@code migrations}: planned moves, listed, watched, paused and canceled through a running management process. */
@Command(
        name = "migrations",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Shows and steers planned moves of tenants, through a running management process.",
            "",
            "  migrations list",
            "  migrations watch 5e1d...",
            "  migrations cancel 5e1d..."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
public final class MigrationsCommand {
    private static final int PAGE = 100;
    private static final Duration PATIENCE = Duration.ofHours(24);

    private final ManagementApi server;

    @Spec
    private CommandSpec spec;

    public MigrationsCommand(Map<String, String> variables) {
        this.server = new ManagementApi(variables);
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "All of them, or those of one status.")
    int list(
            @Option(
                            names = "--status",
                            paramLabel = "STATUS",
                            defaultValue = "",
                            description = "running, paused, canceled, completed or failed")
                    String status,
            @Mixin ManagementApi.Address address) {
        ManagementApi api = server.at(address);
        PrintWriter out = spec.commandLine().getOut();
        out.println(String.format(
                Locale.ROOT,
                "%-36s  %-9s  %-9s  %9s  %6s  %s",
                "MIGRATION",
                "KIND",
                "STATUS",
                "ENDED",
                "FAILED",
                "TARGET"));
        String cursor = "";
        do {
            JsonNode page = api.ask(
                    "GET",
                    "/v1/migrations?limit=" + PAGE
                            + (status.isEmpty() ? "" : "&status=" + ManagementApi.encoded(status)) + cursor,
                    null);
            page.path("items").forEach(each -> out.println(row(each)));
            String next = page.path("next_cursor").asString("");
            cursor = next.isEmpty() ? "" : "&cursor=" + ManagementApi.encoded(next);
        } while (!cursor.isEmpty());
        return ExitCode.DONE;
    }

    private static String row(JsonNode each) {
        long ended = each.path("completed").asLong(0)
                + each.path("failed").asLong(0)
                + each.path("canceled").asLong(0);
        return String.format(
                Locale.ROOT,
                "%-36s  %-9s  %-9s  %4d/%-4d  %6d  %s",
                each.path("id").asString("?"),
                each.path("kind").asString("?"),
                each.path("status").asString("?"),
                ended,
                each.path("jobs").asLong(0),
                each.path("failed").asLong(0),
                each.path("pod").asString(each.path("target").asString("")));
    }

    @Command(
            name = "watch",
            mixinStandardHelpOptions = true,
            description = "Shows how far one is until it has ended; fails where it does.")
    int watch(@Parameters(paramLabel = "MIGRATION") String migration, @Mixin ManagementApi.Address address) {
        return MigrationProgress.on(server.at(address), spec.commandLine().getOut())
                .watch(ManagementApi.encoded(migration), PATIENCE);
    }

    @Command(name = "pause", mixinStandardHelpOptions = true, description = "Starts no more of its jobs.")
    int pause(@Parameters(paramLabel = "MIGRATION") String migration, @Mixin ManagementApi.Address address) {
        return act(migration, "pause", address);
    }

    @Command(name = "resume", mixinStandardHelpOptions = true, description = "Goes on with one that is paused.")
    int resume(@Parameters(paramLabel = "MIGRATION") String migration, @Mixin ManagementApi.Address address) {
        return act(migration, "resume", address);
    }

    @Command(
            name = "cancel",
            mixinStandardHelpOptions = true,
            description = "Starts no more of its jobs, and undoes what was begun.")
    int cancel(@Parameters(paramLabel = "MIGRATION") String migration, @Mixin ManagementApi.Address address) {
        return act(migration, "cancel", address);
    }

    private int act(String migration, String verb, ManagementApi.Address address) {
        JsonNode now =
                server.at(address).ask("POST", "/v1/migrations/" + ManagementApi.encoded(migration) + "/" + verb, null);
        spec.commandLine().getOut().println(MigrationProgress.line(now));
        return ExitCode.DONE;
    }
}
