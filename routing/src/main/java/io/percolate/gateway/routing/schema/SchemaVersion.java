package io.percolate.gateway.routing.schema;

import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import io.r2dbc.spi.Readable;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The version of the management schema, and whether this build can work with it.
 *
 * <p>Migrations are numbered 1, 2, 3, ... An older schema than {@link #REQUIRED} is refused. A newer one is accepted with
 * a warning, since migrations only add, so that processes of the last release go on during an upgrade; a migration that
 * breaks them says so by raising {@code schema_compatibility.oldest_build}, and builds below it are refused.
 *
 * @param installed number of the newest migration applied
 * @param oldestBuild the lowest {@link #REQUIRED} that the installed schema still serves
 */
public record SchemaVersion(int installed, int oldestBuild) {
    /** The newest migration that this build was made with. */
    public static final int REQUIRED = 12;

    private static final Logger log = LoggerFactory.getLogger(SchemaVersion.class);
    private static final String MIGRATE = "run ./gateway migrate against MANAGEMENT_DB_URL, then start again";

    /**
     * Reads the installed version, once and never empty. Errors with {@link SchemaException} when this build must not
     * start on it, and with {@code DatabaseException} when the database does not answer.
     */
    public static Mono<SchemaVersion> check(ManagementDatabase database) {
        return database.inConnection(SchemaVersion::read).map(SchemaVersion::judged);
    }

    private static Mono<SchemaVersion> read(Statements statements) {
        return statements
                .query(
                        "SELECT to_regclass('flyway_schema_history') IS NOT NULL AS present",
                        row -> Objects.equals(row.get("present", Boolean.class), true))
                .flatMap(present -> present.equals(List.of(true))
                        ? statements.query(
                                "SELECT version, success FROM flyway_schema_history WHERE version IS NOT NULL"
                                        + " ORDER BY installed_rank",
                                Migration::of)
                        : Mono.error(new SchemaException(
                                "the management database has no schema yet (no flyway_schema_history): " + MIGRATE)))
                .flatMap(migrations -> oldestBuild(statements, installed(migrations)));
    }

    private static int installed(List<Migration> migrations) {
        migrations.stream()
                .filter(migration -> !migration.success())
                .findFirst()
                .ifPresent(failed -> {
                    throw new SchemaException("migration " + failed.version()
                            + " of the management schema has failed: repair it, and " + MIGRATE);
                });
        return migrations.stream().mapToInt(Migration::version).max().orElse(0);
    }

    private static Mono<SchemaVersion> oldestBuild(Statements statements, int installed) {
        if (installed < REQUIRED) {
            return Mono.just(new SchemaVersion(installed, 0));
        }
        return statements
                .query(
                        "SELECT oldest_build FROM schema_compatibility",
                        row -> Objects.requireNonNull(row.get(0, Integer.class)))
                .map(rows -> new SchemaVersion(
                        installed,
                        rows.stream().mapToInt(Integer::intValue).max().orElse(0)));
    }

    private SchemaVersion judged() {
        if (installed < REQUIRED) {
            throw new SchemaException("the management schema is at version " + installed + ", this build needs "
                    + REQUIRED + ": " + MIGRATE);
        }
        if (REQUIRED < oldestBuild) {
            throw new SchemaException("the management schema is at version " + installed
                    + " and serves only builds made for version " + oldestBuild + " or later, this one was made for "
                    + REQUIRED + ": start a newer release");
        }
        if (installed > REQUIRED) {
            log.warn(
                    "the management schema is at version {}, newer than {} of this build, and still serves it",
                    installed,
                    REQUIRED);
        }
        return this;
    }

    private record Migration(int version, boolean success) {
        static Migration of(Readable row) {
            String version = Objects.requireNonNull(row.get("version", String.class));
            try {
                return new Migration(
                        Integer.parseInt(version), Objects.equals(row.get("success", Boolean.class), true));
            } catch (NumberFormatException foreign) {
                throw new SchemaException("flyway_schema_history holds the version '" + version
                        + "', which is none of the management schema's: is MANAGEMENT_DB_URL the right database?");
            }
        }
    }
}
