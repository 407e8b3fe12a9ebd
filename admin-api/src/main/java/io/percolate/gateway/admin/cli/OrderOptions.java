package io.percolate.gateway.admin.cli;

import java.io.PrintWriter;
import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** How a migration that a command orders goes, and whether the command waits for its end. */
final class OrderOptions {
    private static final Duration PATIENCE = Duration.ofHours(24);

    @Mixin
    private final PaceOptions pace = new PaceOptions();

    @Option(names = "--no-wait", description = "order it and return")
    private boolean noWait;

    /** A body with what was given of its pace. */
    ObjectNode body() {
        return pace.body();
    }

    /** Names the migration and, if that is wanted, shows how far it is until its end; the command's exit code. */
    int follow(String migration, ManagementApi api, PrintWriter out) {
        out.println("migration " + migration);
        out.flush();
        return noWait ? ExitCode.DONE : MigrationProgress.on(api, out).watch(migration, PATIENCE);
    }
}
