package io.percolate.gateway.routing.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.stack.Settings;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SchemaVersionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final int NEWER = SchemaVersion.REQUIRED + 1;

    private TestDatabase postgres;
    private ManagementDatabase database;

    @BeforeEach
    void start() {
        postgres = PostgresFixture.freshDatabase();
        database = ManagementDatabase.open(
                Settings.read(
                        DatabaseConfig::read,
                        "MANAGEMENT_DB_URL",
                        postgres.url(),
                        "GATEWAY_DB_ACQUIRE_TIMEOUT",
                        "10s",
                        "GATEWAY_DB_CONNECT_TIMEOUT",
                        "10s",
                        "GATEWAY_DB_STATEMENT_TIMEOUT",
                        "10s"),
                "test",
                new SimpleMeterRegistry());
    }

    @AfterEach
    void stop() {
        database.close().block(PATIENCE);
        postgres.close();
    }

    private SchemaVersion check() {
        return Objects.requireNonNull(SchemaVersion.check(database).block(PATIENCE));
    }

    @Test
    void theMigrationsOfThisBuildAreWhatItNeeds() {
        assertThat(check().installed()).isEqualTo(SchemaVersion.REQUIRED);
    }

    @Test
    void aDatabaseWithoutSchemaIsRefused() {
        postgres.execute("DROP TABLE flyway_schema_history");

        assertThatThrownBy(this::check)
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("has no schema yet")
                .hasMessageContaining("./gateway migrate");
    }

    @Test
    void anOlderSchemaIsRefused() {
        postgres.execute("DELETE FROM flyway_schema_history WHERE version = '" + SchemaVersion.REQUIRED + "'");

        assertThatThrownBy(this::check)
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("is at version ")
                .hasMessageContaining("this build needs " + SchemaVersion.REQUIRED)
                .hasMessageContaining("./gateway migrate");
    }

    @Test
    void aFailedMigrationIsRefused() {
        postgres.execute(
                "UPDATE flyway_schema_history SET success = false WHERE version = '" + SchemaVersion.REQUIRED + "'");

        assertThatThrownBy(this::check)
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("migration " + SchemaVersion.REQUIRED);
    }

    @Test
    void aNewerSchemaThatServesThisBuildIsAccepted() {
        install(Integer.toString(NEWER));

        assertThat(check().installed()).isEqualTo(NEWER);
    }

    @Test
    void aNewerSchemaThatBreaksThisBuildIsRefused() {
        install(Integer.toString(NEWER));
        postgres.execute("UPDATE schema_compatibility SET oldest_build = " + NEWER);

        assertThatThrownBy(this::check)
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("serves only builds made for version " + NEWER + " or later");
    }

    @Test
    void anotherProductsSchemaIsRefused() {
        install("1.2.3");

        assertThatThrownBy(this::check)
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("is MANAGEMENT_DB_URL the right database?");
    }

    private void install(String version) {
        postgres.execute("INSERT INTO flyway_schema_history"
                + " (installed_rank, version, description, type, script, installed_by, execution_time, success)"
                + " VALUES (99, '" + version + "', 'later', 'SQL', 'later.sql', 'test', 1, true)");
    }
}
