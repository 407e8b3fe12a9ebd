package io.percolate.gateway.proxy.activity;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.TenantId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PostgresActivityStoreTest {
    private static final TenantId IDLE = TenantId.of("6f1c4b1e-7f0a-4f0e-9d5a-0a53c3ab4a01");
    private static final TenantId BUSY = TenantId.of("6f1c4b1e-7f0a-4f0e-9d5a-0a53c3ab4a02");

    private TestDatabase server;
    private ManagementDatabase database;
    private PostgresActivityStore store;

    @BeforeEach
    void open() {
        server = PostgresFixture.freshDatabase();
        database = ManagementDatabase.open(
                DatabaseConfig.read(new ConfigReader(ConfigSource.of(Map.of(
                        "GATEWAY_DB_POOL_MIN", "0",
                        "MANAGEMENT_DB_URL", server.url(),
                        "GATEWAY_DB_CONNECT_TIMEOUT", "30s",
                        "GATEWAY_DB_STATEMENT_TIMEOUT", "30s",
                        "GATEWAY_DB_ACQUIRE_TIMEOUT", "30s")))),
                "test",
                new SimpleMeterRegistry());
        store = new PostgresActivityStore(database, Duration.ofSeconds(5));
        server.execute("INSERT INTO tenants (id, email, tier) VALUES ('" + IDLE + "', 'a@example.com', 'A'), ('" + BUSY
                + "', 'b@example.com', 'B')");
        server.execute(
                "UPDATE tenant_states SET last_access_at = now() - interval '1 hour' WHERE tenant_id = '" + IDLE + "'");
    }

    @AfterEach
    void close() {
        database.close().block();
        server.close();
    }

    @Test
    void writesWhenATenantWasAccessedByTheDatabasesClock() throws SQLException {
        assertThat(store.touch(Map.of(IDLE, Duration.ofMinutes(2))).block()).isEqualTo(1);

        assertThat(lastAccess(IDLE)).isCloseTo(now().minusSeconds(120), Assertions.within(30, ChronoUnit.SECONDS));
    }

    @Test
    void writesOnlyWhatIsNews() throws SQLException {
        Instant before = lastAccess(BUSY);

        assertThat(store.touch(Map.of(BUSY, Duration.ZERO, IDLE, Duration.ofHours(2)))
                        .block())
                .isZero();
        assertThat(lastAccess(BUSY)).isEqualTo(before);
    }

    @Test
    void movesNoVersion() throws SQLException {
        String versions = "SELECT sum(version) || ' ' || max(changed_xid::text::bigint) FROM tenant_states";
        String before = one(versions);

        store.touch(Map.of(IDLE, Duration.ZERO)).block();

        assertThat(one(versions)).isEqualTo(before);
    }

    @Test
    void passesOverTenantsThatAreGone() {
        assertThat(store.touch(Map.of(new TenantId(UUID.randomUUID()), Duration.ZERO))
                        .block())
                .isZero();
    }

    @Test
    void doesNotWaitForARowThatIsBeingChanged() throws SQLException {
        try (Connection other = server.connect();
                Statement change = other.createStatement()) {
            other.setAutoCommit(false);
            change.executeUpdate("UPDATE tenant_states SET state = 'moving' WHERE tenant_id = '" + IDLE + "'");

            assertThat(store.touch(Map.of(IDLE, Duration.ZERO)).block()).isZero();
            other.rollback();
        }
        assertThat(store.touch(Map.of(IDLE, Duration.ZERO)).block()).isEqualTo(1);
    }

    private Instant lastAccess(TenantId tenant) throws SQLException {
        return Instant.parse(
                one("SELECT to_char(last_access_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
                        + " FROM tenant_states WHERE tenant_id = '" + tenant + "'"));
    }

    private Instant now() throws SQLException {
        return Instant.parse(one("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"));
    }

    private String one(String sql) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
