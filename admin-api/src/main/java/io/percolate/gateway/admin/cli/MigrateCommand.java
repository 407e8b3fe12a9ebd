package io.percolate.gateway.admin.cli;

import io.percolate.gateway.admin.schema.SchemaMigration;
import io.percolate.gateway.admin.schema.SchemaMigration.Standing;
import io.percolate.gateway.admin.schema.SchemaMigrationException;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code migrate}: brings the management schema up to this build's version. */
@Command(
        name = "migrate",
        mixinStandardHelpOptions = true,
        description = "Brings the management schema in MANAGEMENT_DB_URL up to this build's version.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
public final class MigrateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private final Environment environment;

    @Option(
            names = {"--dry-run", "--info"},
            description = "say what is pending, and change nothing")
    private boolean dryRun;

    public MigrateCommand(Environment environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        SchemaMigration migration = new SchemaMigration(environment.read(DatabaseConfig::read), line -> {
            out.println(line);
            out.flush();
        });
        try {
            Standing standing = dryRun ? migration.standing() : migration.migrate();
            out.println(summary(standing));
            standing.pending().forEach(pending -> out.println("pending  " + pending));
            return ExitCode.DONE;
        } catch (SchemaMigrationException failed) {
            throw new CommandFailure(String.valueOf(failed.getMessage()), failed);
        }
    }

    private static String summary(Standing standing) {
        String at = standing.installed() == 0
                ? "the management schema is not there yet"
                : "the management schema is at version " + standing.installed();
        if (standing.installed() > standing.newest()) {
            return at + ", newer than version " + standing.newest() + " of this build";
        }
        return standing.pending().isEmpty()
                ? at + ", as this build needs it"
                : at + "; this build needs version " + standing.newest();
    }
}
