package io.percolate.gateway.admin.cli;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Shows how far a migration is until it has ended: a bar that is drawn over on a terminal, else a line for each change. */
final class MigrationProgress {
    private static final int BAR_WIDTH = 30;

    private final ManagementApi api;
    private final PrintWriter out;
    private final boolean terminal;
    private final Duration interval;

    /** @param terminal whether a line may be drawn over */
    MigrationProgress(ManagementApi api, PrintWriter out, boolean terminal, Duration interval) {
        this.api = api;
        this.out = out;
        this.terminal = terminal;
        this.interval = interval;
    }

    static MigrationProgress on(ManagementApi api, PrintWriter out) {
        boolean terminal =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        return new MigrationProgress(api, out, terminal, Duration.ofMillis(terminal ? 250 : 1_000));
    }

    /** Done when all its jobs have succeeded, failed when some have not, it was canceled or the time is over. */
    int watch(String migration, Duration atMost) {
        long untilNanos = System.nanoTime() + atMost.toNanos();
        String shown = "";
        while (true) {
            JsonNode now = api.ask("GET", "/v1/migrations/" + migration, null);
            String line = line(now);
            if (!line.equals(shown)) {
                out.print(terminal ? "\r" + line : line + System.lineSeparator());
                out.flush();
                shown = line;
            }
            String status = now.path("status").asString("?");
            if (!status.equals("running") && !status.equals("paused")) {
                end();
                return status.equals("completed") ? ExitCode.DONE : ExitCode.FAILED;
            }
            if (System.nanoTime() >= untilNanos) {
                end();
                out.println("it goes on; watch it by: migrations watch " + migration);
                return ExitCode.FAILED;
            }
            pause();
        }
    }

    private void end() {
        if (terminal) {
            out.println();
        }
    }

    static String line(JsonNode migration) {
        long jobs = migration.path("jobs").asLong(0);
        long ended = migration.path("completed").asLong(0)
                + migration.path("failed").asLong(0)
                + migration.path("canceled").asLong(0);
        int filled = jobs == 0 ? BAR_WIDTH : (int) (ended * BAR_WIDTH / jobs);
        return String.format(
                Locale.ROOT,
                "[%s%s] %d of %d ended, %d running, %d failed  %-9s",
                "#".repeat(filled),
                "-".repeat(BAR_WIDTH - filled),
                ended,
                jobs,
                migration.path("running").asLong(0),
                migration.path("failed").asLong(0),
                migration.path("status").asString("?"));
    }

    private void pause() {
        try {
            Thread.sleep(interval);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted; the migration goes on", ended);
        }
    }
}
