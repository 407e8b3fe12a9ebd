package io.percolate.gateway.admin.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.admin.testing.CommandLines;
import io.percolate.gateway.admin.testing.CommandLines.Run;
import io.percolate.gateway.admin.testing.RunningManagement;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.schema.SchemaException;
import io.percolate.gateway.routing.schema.SchemaVersion;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MigrateCommandTest {
    private TestDatabase database;

    @BeforeEach
    void emptyDatabase() {
        database = PostgresFixture.freshDatabase();
        database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    }

    @AfterEach
    void drop() {
        database.close();
    }

    @Test
    void bringsAnEmptyDatabaseUpToThisBuild() {
        Run pending = migrate("--dry-run");
        Run run = migrate();
        Run again = migrate();

        assertThat(pending.exitCode()).isZero();
        assertThat(pending.out()).contains("is not there yet", "pending  V1 management schema", "pending  V2");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out())
                .contains(
                        "connected to PostgreSQL",
                        "applying V1 management schema",
                        "applied  V1 management schema",
                        "is at version " + SchemaVersion.REQUIRED + ", as this build needs it");
        assertThat(again.out()).contains("as this build needs it").doesNotContain("applying");
    }

    @Test
    void goesOnWhereAnOlderReleaseStopped() {
        Flyway.configure()
                .dataSource(database.jdbcUrl(), database.user(), database.password())
                .locations("classpath:db/migration")
                .target("1")
                .load()
                .migrate();
        assertThatThrownBy(() ->
                        ManagementProcess.start(RunningManagement.config(RunningManagement.variables(database.url()))))
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("migrate");

        Run info = migrate("--info");
        Run run = migrate();

        assertThat(info.out()).contains("is at version 1; this build needs version " + SchemaVersion.REQUIRED);
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("applying V2").doesNotContain("applying V1 ");
    }

    @Test
    void refusesASchemaOfANewerRelease() {
        migrate();
        database.execute(
                "INSERT INTO flyway_schema_history (installed_rank, version, description, type, script,"
                        + " installed_by, execution_time, success) VALUES (900, '99', 'later', 'SQL', 'V99__later.sql', 'x', 1, true)");

        Run info = migrate("--info");
        Run run = migrate();

        assertThat(info.exitCode()).isZero();
        assertThat(info.out()).contains("is at version 99, newer than version");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .contains("version 99, newer than version " + SchemaVersion.REQUIRED)
                .doesNotContain("\tat ");
    }

    @Test
    void saysWhyItCannotConnect() throws Exception {
        int closedPort;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closedPort = socket.getLocalPort();
        }
        String wrongPassword = database.url().replaceFirst(":[^:@/]+@", ":not-the-password@");

        Run unreachable = migrateAt("postgresql://u:secret-word@127.0.0.1:" + closedPort + "/db");
        Run refused = migrateAt(wrongPassword);
        Run noDatabase = migrateAt(database.url() + "_absent");
        Run noUrl = migrateAt("");

        assertThat(unreachable.exitCode()).isEqualTo(1);
        assertThat(unreachable.err())
                .contains("cannot be reached at 127.0.0.1:" + closedPort)
                .doesNotContain("secret-word");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("refuses the user").doesNotContain("not-the-password", "\tat ");
        assertThat(noDatabase.exitCode()).isEqualTo(1);
        assertThat(noDatabase.err()).contains("there is no database");
        assertThat(noUrl.exitCode()).isEqualTo(2);
        assertThat(noUrl.err()).contains("MANAGEMENT_DB_URL is required");
    }

    private Run migrate(String... options) {
        return migrateAt(database.url(), options);
    }

    private static Run migrateAt(String url, String... options) {
        String[] arguments = new String[options.length + 1];
        arguments[0] = "migrate";
        System.arraycopy(options, 0, arguments, 1, options.length);
        return CommandLines.run(ManagementMain.commandLine(Map.of("MANAGEMENT_DB_URL", url)), arguments);
    }
}
