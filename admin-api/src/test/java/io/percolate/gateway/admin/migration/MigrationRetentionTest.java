package io.percolate.gateway.admin.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MigrationRetentionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String LONG_AGO = "now() - interval '8 days'";
    private static final String LATELY = "now() - interval '6 days'";
    private static final UUID TENANT = UUID.randomUUID();

    private static TestDatabase postgres;
    private static ManagementDatabase database;
    private static MigrationRetention retention;
    private static final SimpleMeterRegistry METERS = new SimpleMeterRegistry();

    @BeforeAll
    static void start() {
        postgres = PostgresFixture.freshDatabase();
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of(
                "MANAGEMENT_DB_URL", postgres.url(),
                "GATEWAY_DB_POOL_MIN", "0",
                "GATEWAY_DB_ACQUIRE_TIMEOUT", "20s",
                "GATEWAY_DB_STATEMENT_TIMEOUT", "20s",
                "MANAGEMENT_MIGRATION_RETENTION", "7d")));
        database = ManagementDatabase.open(DatabaseConfig.read(reader), "retention", METERS);
        retention = new MigrationRetention(database, MigrationConfig.read(reader), METERS);
        postgres.execute("INSERT INTO tenants (id, email, tier) VALUES ('" + TENANT + "', 'old@example.org', 'C')");
    }

    @AfterAll
    static void stop() {
        database.close().block(PATIENCE);
        postgres.close();
    }

    @AfterEach
    void nothingIsLeft() {
        postgres.execute("DELETE FROM migration_jobs; DELETE FROM migrations");
    }

    @Test
    void whatEndedLongAgoGoesAndAllElseStays() {
        postgres.execute("INSERT INTO audit_log (action, actor, created_at) VALUES ('migration.created', 'x', "
                + LONG_AGO + ")");
        migration("done", "completed", LONG_AGO, LONG_AGO);
        job("done", "completed", LONG_AGO);
        job("done", "failed", LONG_AGO);
        migration("took long", "failed", LONG_AGO, LATELY);
        job("took long", "completed", LONG_AGO);
        migration("young", "canceled", LATELY, LATELY);
        migration("goes on", "running", LONG_AGO, "NULL");
        job("goes on", "completed", LONG_AGO);
        migration("is being undone", "canceled", LONG_AGO, LONG_AGO);
        job("is being undone", "canceled", LONG_AGO);
        job("is being undone", "running", "NULL");
        postgres.execute(
                "INSERT INTO migration_jobs (tenant_id, kind, source, target, status, created_at, completed_at)"
                        + " VALUES ('" + TENANT + "', 'shard', 's', 't', 'completed', " + LONG_AGO + ", " + LONG_AGO
                        + "), ('"
                        + TENANT + "', 'shard', 's', 't', 'completed', " + LONG_AGO + ", " + LATELY + ")");

        retention.run().block(PATIENCE);

        assertThat(values("SELECT note FROM migrations ORDER BY note"))
                .containsExactly("goes on", "is being undone", "took long", "young");
        assertThat(values("SELECT COALESCE(m.note, 'of none') FROM migration_jobs j LEFT JOIN migrations m"
                        + " ON m.id = j.migration_id ORDER BY 1"))
                .containsExactly("goes on", "is being undone", "is being undone", "of none", "took long");
        assertThat(values("SELECT actor FROM audit_log")).containsExactly("x");
    }

    @Test
    void aLargeMigrationGoesInSeveralRunsAndIsListedUntilItsLastJobIsGone() {
        migration("large", "completed", LONG_AGO, LONG_AGO);
        postgres.execute(
                "INSERT INTO migration_jobs (migration_id, tenant_id, kind, source, target, status, completed_at)"
                        + " SELECT id, '" + TENANT + "', 'pod', '', '*', 'completed', " + LONG_AGO
                        + " FROM migrations, generate_series(1, 5001)");

        retention.run().block(PATIENCE);
        assertThat(values("SELECT count(*)::text FROM migration_jobs")).containsExactly("1");
        assertThat(values("SELECT note FROM migrations")).containsExactly("large");

        double before =
                METERS.get("migration.swept").tag("rows", "jobs").counter().count();
        retention.run().block(PATIENCE);
        assertThat(values("SELECT note FROM migrations")).isEmpty();
        assertThat(METERS.get("migration.swept").tag("rows", "jobs").counter().count() - before)
                .isEqualTo(1);
    }

    private static void migration(String note, String status, String created, String completed) {
        postgres.execute("INSERT INTO migrations (kind, target, note, status, concurrency_max, hold_max_ms, created_at,"
                + " completed_at) VALUES ('pod', '*', '" + note + "', '" + status + "', 1, 1000, " + created + ", "
                + completed + ")");
    }

    private static void job(String migration, String status, String completed) {
        postgres.execute(
                "INSERT INTO migration_jobs (migration_id, tenant_id, kind, source, target, status, completed_at)"
                        + " SELECT id, '" + TENANT + "', 'pod', '', '*', '" + status + "', " + completed
                        + " FROM migrations WHERE note = '" + migration + "'");
    }

    private static List<String> values(String sql) {
        return Objects.requireNonNull(database.query(sql, row -> Objects.requireNonNull(row.get(0, String.class)))
                .block(PATIENCE));
    }
}
