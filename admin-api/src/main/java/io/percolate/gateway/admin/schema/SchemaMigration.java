package io.percolate.gateway.admin.schema;

import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.DatabaseHost;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationInfoService;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.postgresql.ds.PGSimpleDataSource;

/** Runs the migrations of the management schema, over JDBC. Blocks; several at once take turns by Flyway's lock. */
public final class SchemaMigration {
    private static final String LOCATION = "classpath:db/migration";

    private final DatabaseConfig config;
    private final Consumer<String> progress;

    /** {@code progress} is told, line by line, what is done. */
    public SchemaMigration(DatabaseConfig config, Consumer<String> progress) {
        this.config = config;
        this.progress = progress;
    }

    /**
     * Where a schema stands.
     *
     * @param installed the newest version applied; 0 for an empty database
     * @param pending what this build would apply, oldest first
     * @param newest the newest version that this build knows
     */
    public record Standing(int installed, int newest, List<String> pending) {
        public Standing {
            pending = List.copyOf(pending);
        }
    }

    /** Where the schema stands, without changing anything. Throws {@link SchemaMigrationException}. */
    public Standing standing() {
        Flyway flyway = connected();
        try {
            return standing(flyway.info());
        } catch (FlywayException failed) {
            throw new SchemaMigrationException(
                    "the state of the schema cannot be read: " + failed.getMessage(), failed);
        }
    }

    /** Applies what is pending; how it stands then. Throws {@link SchemaMigrationException}. */
    public Standing migrate() {
        Flyway flyway = connected();
        try {
            Standing before = standing(flyway.info());
            if (before.installed() > before.newest()) {
                throw new SchemaMigrationException(
                        "the schema is at version " + before.installed() + ", newer than version " + before.newest()
                                + " of this build: migrate with the release that is newest",
                        null);
            }
            flyway.migrate();
            return standing(flyway.info());
        } catch (FlywayException failed) {
            throw new SchemaMigrationException("the migration failed: " + failed.getMessage(), failed);
        }
    }

    private static Standing standing(MigrationInfoService info) {
        MigrationInfo current = info.current();
        int newest = Arrays.stream(info.all())
                .filter(migration -> migration.getState().isResolved())
                .mapToInt(SchemaMigration::version)
                .max()
                .orElse(0);
        return new Standing(
                current == null ? 0 : version(current),
                newest,
                Arrays.stream(info.pending()).map(SchemaMigration::text).toList());
    }

    private Flyway connected() {
        PGSimpleDataSource source = source();
        try (var connection = source.getConnection()) {
            progress.accept("connected to PostgreSQL "
                    + connection.getMetaData().getDatabaseProductVersion() + " at " + where());
        } catch (SQLException refused) {
            throw new SchemaMigrationException(explained(refused), refused);
        }
        return Flyway.configure(SchemaMigration.class.getClassLoader())
                .dataSource(source)
                .locations(LOCATION)
                .callbacks(new Progress(progress))
                .load();
    }

    private PGSimpleDataSource source() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(config.hosts().stream().map(DatabaseHost::name).toArray(String[]::new));
        source.setPortNumbers(
                config.hosts().stream().mapToInt(DatabaseHost::port).toArray());
        if (config.writable()) {
            source.setTargetServerType("primary");
        }
        source.setDatabaseName(config.database());
        source.setUser(config.user());
        source.setPassword(config.password().reveal());
        source.setSslMode(config.sslMode().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        config.sslRootCertificate().ifPresent(source::setSslRootCert);
        int connectSeconds = (int) Math.max(1, config.connectTimeout().toSeconds());
        source.setConnectTimeout(connectSeconds);
        source.setLoginTimeout(connectSeconds);
        source.setApplicationName("percolate-migrate");
        return source;
    }

    private String where() {
        return hosts() + "/" + config.database();
    }

    private String hosts() {
        return config.hosts().stream().map(DatabaseHost::toString).collect(Collectors.joining(","));
    }

    /** Codes: PostgreSQL manual, appendix A. */
    private String explained(SQLException refused) {
        String state = refused.getSQLState() == null ? "" : refused.getSQLState();
        return switch (state) {
            case "28P01", "28000" ->
                "PostgreSQL at " + where() + " refuses the user '" + config.user()
                        + "' or the password of MANAGEMENT_DB_URL";
            case "3D000" -> "there is no database '" + config.database() + "' at " + hosts() + ": create it first";
            case "08001", "08004", "08006" ->
                "PostgreSQL cannot be reached at " + hosts() + ": " + refused.getMessage();
            default -> "PostgreSQL at " + where() + " refuses the connection: " + refused.getMessage();
        };
    }

    private static int version(MigrationInfo migration) {
        return migration.getVersion() == null
                ? 0
                : migration.getVersion().getMajor().intValueExact();
    }

    private static String text(MigrationInfo migration) {
        return "V" + migration.getVersion() + " " + migration.getDescription();
    }

    /** Says which migration begins and which is done. */
    private record Progress(Consumer<String> lines) implements Callback {
        @Override
        public boolean supports(Event event, Context context) {
            return event == Event.BEFORE_EACH_MIGRATE || event == Event.AFTER_EACH_MIGRATE;
        }

        @Override
        public boolean canHandleInTransaction(Event event, Context context) {
            return true;
        }

        @Override
        public void handle(Event event, Context context) {
            MigrationInfo migration = context.getMigrationInfo();
            lines.accept((event == Event.BEFORE_EACH_MIGRATE ? "applying " : "applied  ") + text(migration));
        }

        @Override
        public String getCallbackName() {
            return "progress";
        }
    }
}
