package io.percolate.gateway.routing.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.stack.Settings;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS to PostgreSQL, as each sslmode asks for it. */
class TlsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private static Path folder;

    private static PostgresServer plain;
    private static PostgresServer secured;
    private static Path root;
    private static Path otherRoot;

    @BeforeAll
    static void start() throws Exception {
        plain = PostgresServer.start();
        secured = PostgresServer.start();
        ServerCertificate own = ServerCertificate.create(folder);
        root = Files.writeString(folder.resolve("root.pem"), own.certificate());
        otherRoot = Files.writeString(
                folder.resolve("other.pem"), ServerCertificate.create(folder).certificate());
        TestDatabase database = secured.database();
        database.execute(written(own.certificate(), "server.crt"));
        database.execute(written(own.key(), "server.key"));
        database.execute("ALTER SYSTEM SET ssl = on");
        database.execute("SELECT pg_reload_conf()");
        await().atMost(PATIENCE).until(() -> speaksTls(database));
    }

    @AfterAll
    static void stop() {
        secured.close();
        plain.close();
    }

    /** The server writes it itself, so that it owns the file. */
    private static String written(String pem, String file) {
        return "COPY (SELECT unnest(string_to_array('" + pem + "', E'\\n'))) TO PROGRAM 'umask 077; cat > " + file
                + "'";
    }

    private static boolean speaksTls(TestDatabase database) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW ssl")) {
            return row.next() && row.getString(1).equals("on");
        }
    }

    /** Whether the connection that this mode made is encrypted. */
    private static List<Boolean> isEncrypted(PostgresServer server, String options) {
        return isEncrypted(server.url(), options);
    }

    private static List<Boolean> isEncrypted(String url, String options) {
        ManagementDatabase database = ManagementDatabase.open(
                Settings.read(
                        DatabaseConfig::read,
                        "MANAGEMENT_DB_URL",
                        url + options,
                        "GATEWAY_DB_CONNECT_TIMEOUT",
                        "10s",
                        "GATEWAY_DB_STATEMENT_TIMEOUT",
                        "10s"),
                "tls",
                new SimpleMeterRegistry());
        try {
            return Objects.requireNonNull(database.query(
                            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
                            row -> Objects.requireNonNull(row.get("ssl", Boolean.class)))
                    .block(PATIENCE));
        } finally {
            database.close().block(PATIENCE);
        }
    }

    private static String trusting(Path certificate) {
        return "&sslrootcert=" + URLEncoder.encode(certificate.toString(), StandardCharsets.UTF_8);
    }

    @Test
    void isUsedWhereTheServerOffersIt() {
        assertThat(isEncrypted(secured, "?sslmode=prefer")).containsExactly(true);
        assertThat(isEncrypted(secured, "?sslmode=require")).containsExactly(true);
        assertThat(isEncrypted(secured, "?sslmode=disable")).containsExactly(false);
        assertThat(isEncrypted(plain, "?sslmode=prefer")).containsExactly(false);
    }

    @Test
    void isVerifiedAgainstTheGivenRootAndTheHost() {
        assertThat(isEncrypted(secured, "?sslmode=verify-ca" + trusting(root))).containsExactly(true);
        assertThat(isEncrypted(secured, "?sslmode=verify-full" + trusting(root)))
                .containsExactly(true);
        assertThatThrownBy(() -> isEncrypted(
                        secured.url().replace("127.0.0.1", "localhost"), "?sslmode=verify-full" + trusting(root)))
                .isInstanceOf(DatabaseException.class);
        assertThatThrownBy(() -> isEncrypted(secured, "?sslmode=verify-ca" + trusting(otherRoot)))
                .isInstanceOf(DatabaseException.class);
        assertThatThrownBy(() -> isEncrypted(secured, "?sslmode=verify-full" + trusting(otherRoot)))
                .isInstanceOf(DatabaseException.class);
    }

    @Test
    void isNotGivenUpWhereItIsRequired() {
        assertThatThrownBy(() -> isEncrypted(plain, "?sslmode=require"))
                .isInstanceOfSatisfying(
                        DatabaseException.class,
                        refused -> assertThat(refused.kind()).isEqualTo(DatabaseException.Kind.UNAVAILABLE));
    }
}
