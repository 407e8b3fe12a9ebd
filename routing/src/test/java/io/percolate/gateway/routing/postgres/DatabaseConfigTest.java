package io.percolate.gateway.routing.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.stack.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseConfigTest {
    @Test
    void defaults() {
        assertThat(Settings.read(DatabaseConfig::read, "MANAGEMENT_DB_URL", "postgresql://me@db.example/percolate"))
                .isEqualTo(new DatabaseConfig(
                        List.of(new DatabaseHost("db.example", 5432)),
                        false,
                        "percolate",
                        "me",
                        new Secret(""),
                        Optional.empty(),
                        SslMode.PREFER,
                        Optional.empty(),
                        10,
                        2,
                        Duration.ofMillis(500),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(2)));
    }

    @Test
    void everyKeyIsMapped(@TempDir Path folder) throws IOException {
        Path password = Files.writeString(folder.resolve("password"), "se cret\n");

        assertThat(Settings.read(
                        DatabaseConfig::read,
                        "MANAGEMENT_DB_URL",
                        "postgresql://m%40e@[::1]:6543,db2/per%2Fcolate?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem",
                        "GATEWAY_DB_PASSWORD_FILE",
                        password.toString(),
                        "GATEWAY_DB_POOL_SIZE",
                        "7",
                        "GATEWAY_DB_POOL_MIN",
                        "3",
                        "GATEWAY_DB_ACQUIRE_TIMEOUT",
                        "20ms",
                        "GATEWAY_DB_STATEMENT_TIMEOUT",
                        "30ms",
                        "GATEWAY_DB_TRANSACTION_TIMEOUT",
                        "40ms",
                        "GATEWAY_DB_CONNECT_TIMEOUT",
                        "50ms"))
                .isEqualTo(new DatabaseConfig(
                        List.of(new DatabaseHost("::1", 6543), new DatabaseHost("db2", 5432)),
                        true,
                        "per/colate",
                        "m@e",
                        new Secret("se cret"),
                        Optional.of(password),
                        SslMode.VERIFY_FULL,
                        Optional.of("/etc/ca.pem"),
                        7,
                        3,
                        Duration.ofMillis(20),
                        Duration.ofMillis(30),
                        Duration.ofMillis(40),
                        Duration.ofMillis(50)));
    }

    @Test
    void credentialsArePercentDecodedAndNeverPrinted() {
        DatabaseConfig config =
                Settings.read(DatabaseConfig::read, "MANAGEMENT_DB_URL", "postgresql://u:p%3A%40+w%25@h/d");

        assertThat(config.password().reveal()).isEqualTo("p:@+w%");
        assertThat(config.toString()).doesNotContain("p:@+w%").contains("<redacted>");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            mysql://u:hunter2@h/d                      | expected the scheme postgresql, got 'mysql'
            postgresql://h/d                           | expected a user before the host
            postgresql://u:hunter2@h                   | expected a database name as the path
            postgresql://u:hunter2@h/d?sslmode=perhaps | expected sslmode disable, prefer, require, verify-ca or verify-full, got 'perhaps'
            postgresql://u:hunter2@h/d?user=other      | expected only the options sslmode, sslrootcert and target_session_attrs, got 'user'
            postgresql://u:hunter2@h,/d                | expected hosts after the credentials, as host:port,host:port, got ''
            postgresql://u:hunter2@h:99999/d           | expected hosts after the credentials, as host:port,host:port, got 'h:99999'
            postgresql://u:hunter2@h/d?target_session_attrs=x | expected target_session_attrs any, read-write or primary, got 'x'
            postgresql://u:hunter2 x@h/d               | special characters in user and password are percent-encoded
            """)
    void saysWhatIsWrongWithAUrlWithoutQuotingIt(String url, String problem) {
        assertThatThrownBy(() -> Settings.read(DatabaseConfig::read, "MANAGEMENT_DB_URL", url))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("MANAGEMENT_DB_URL: ")
                .hasMessageContaining(problem)
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void reportsContradictionsTogether() {
        assertThatThrownBy(() -> Settings.read(
                        DatabaseConfig::read,
                        "MANAGEMENT_DB_URL",
                        "postgresql://u:p@h/d",
                        "GATEWAY_DB_PASSWORD",
                        "p",
                        "GATEWAY_DB_POOL_SIZE",
                        "1"))
                .isInstanceOfSatisfying(
                        ConfigException.class,
                        error -> assertThat(error.problems())
                                .containsExactly(
                                        "GATEWAY_DB_POOL_MIN: expected at most GATEWAY_DB_POOL_SIZE (1), got 2",
                                        "give the password either in MANAGEMENT_DB_URL or in GATEWAY_DB_PASSWORD, not in"
                                                + " both"));
    }
}
