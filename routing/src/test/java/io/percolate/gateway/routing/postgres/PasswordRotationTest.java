package io.percolate.gateway.routing.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.stack.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A password that changes while the process runs. */
class PasswordRotationTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void newConnectionsUseThePasswordThatTheFileHoldsNow(@TempDir Path folder) throws IOException {
        String role = "rotating_" + UUID.randomUUID().toString().replace("-", "");
        try (TestDatabase postgres = PostgresFixture.freshDatabase()) {
            postgres.execute("CREATE ROLE " + role + " LOGIN PASSWORD 'first'");
            Path file = Files.writeString(folder.resolve("password"), "first\n");
            ManagementDatabase database = ManagementDatabase.open(
                    Settings.read(
                            DatabaseConfig::read,
                            "MANAGEMENT_DB_URL",
                            "postgresql://" + role + "@" + postgres.host() + ":" + postgres.port() + "/"
                                    + postgres.name(),
                            "GATEWAY_DB_PASSWORD_FILE",
                            file.toString(),
                            "GATEWAY_DB_CONNECT_TIMEOUT",
                            "10s"),
                    role,
                    new SimpleMeterRegistry());
            try {
                assertThat(database.update("SELECT 1").block(PATIENCE)).isNotNull();

                postgres.execute("ALTER ROLE " + role + " PASSWORD 'second'");
                closeConnections(postgres, role);
                // The pool may not have noticed yet that the connection it lends is closed.
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThatThrownBy(
                                        () -> database.update("SELECT 1").block(PATIENCE))
                                .isInstanceOfSatisfying(
                                        DatabaseException.class,
                                        refused ->
                                                assertThat(refused.sqlState()).contains("28P01")));
                Files.writeString(file, "second\n");

                assertThat(database.update("SELECT 1").block(PATIENCE)).isNotNull();
            } finally {
                database.close().block(PATIENCE);
                postgres.execute("DROP ROLE " + role);
            }
        }
    }

    private static void closeConnections(TestDatabase postgres, String application) {
        postgres.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '"
                + application + "'");
    }
}
