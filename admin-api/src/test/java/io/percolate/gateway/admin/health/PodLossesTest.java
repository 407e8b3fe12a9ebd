package io.percolate.gateway.admin.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.admin.webhook.Outbox;
import io.percolate.gateway.admin.webhook.WebhookConfig;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Tier;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PodLossesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final WatchedPod POD = new WatchedPod(
            new PodId("a-0"), Tier.A, "default", new PodAddress("10.0.0.1", 8000), Duration.ofMinutes(1), false, false);

    private final String tenant = UUID.randomUUID().toString();
    private TestDatabase postgres;
    private ManagementDatabase database;
    private PodLosses losses;

    @BeforeEach
    void start() {
        postgres = PostgresFixture.freshDatabase();
        database = ManagementDatabase.open(
                DatabaseConfig.read(reader("MANAGEMENT_DB_URL", postgres.url())),
                "pod-losses",
                new SimpleMeterRegistry());
        losses = new PodLosses(database, Outbox.of(WebhookConfig.read(new ConfigReader(ConfigSource.of(Map.of())))));
        postgres.execute("INSERT INTO pods (id, tier, host, port, capacity, heartbeat_at)"
                + " VALUES ('a-0', 'A', '10.0.0.1', 8000, 4, now() - interval '1 minute');"
                + "INSERT INTO tenants (id, email, tier) VALUES ('" + tenant + "', 'a@example.org', 'A')");
        hot();
    }

    @AfterEach
    void stop() {
        database.close().block(PATIENCE);
        postgres.close();
    }

    private static ConfigReader reader(String name, String value) {
        return new ConfigReader(ConfigSource.of(Map.of(name, value, "GATEWAY_DB_POOL_MIN", "0")));
    }

    @Test
    void tenantsOfALostPodAreWarmThereAndThoseOfTierAAreNoted() throws SQLException {
        assertThat(losses.declare(POD, Duration.ofSeconds(10)).block(PATIENCE)).isEqualTo(1);
        assertThat(state()).isEqualTo("warm a-0");
        assertThat(value("SELECT pod_id FROM lost_tenants")).isEqualTo("a-0");

        hot();
        assertThat(losses.coolRest(POD.id()).block(PATIENCE))
                .as("published afterwards")
                .isEqualTo(1);
        assertThat(state()).isEqualTo("warm a-0");
    }

    /** Who asks has read that it is lost, and then asked other pods, for as long as those were silent. */
    @Test
    void aPodThatHasComeBackKeepsItsTenants() throws SQLException {
        losses.declare(POD, Duration.ofSeconds(10)).block(PATIENCE);

        postgres.execute("UPDATE pods SET heartbeat_at = now()");
        hot();

        assertThat(losses.declare(POD, Duration.ofSeconds(10)).block(PATIENCE)).isEqualTo(-1);
        assertThat(losses.coolRest(POD.id()).block(PATIENCE)).isZero();
        assertThat(state()).isEqualTo("hot a-0");
    }

    private void hot() {
        postgres.execute("UPDATE tenant_states SET state = 'hot', pod_id = 'a-0', epoch = epoch + 1 WHERE tenant_id = '"
                + tenant + "'");
    }

    private String state() throws SQLException {
        return value("SELECT state || ' ' || pod_id FROM tenant_states");
    }

    private String value(String sql) throws SQLException {
        try (var connection = postgres.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }
}
