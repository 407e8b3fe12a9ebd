package io.percolate.gateway.routing.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.routing.stack.RoutingNode;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A primary, a standby that streams from it, and what happens when the standby takes over. */
class FailoverTest {
    private static String url(PostgresServer first, PostgresServer second, String options) {
        return "postgresql://" + first.user() + ":" + first.password() + "@" + first.host() + ":" + first.port() + ","
                + second.host() + ":" + second.port() + "/percolate" + options;
    }

    private static RoutingNode node(String url, PostgresServer server) {
        return RoutingNode.start(server.database(), "MANAGEMENT_DB_URL", url, "GATEWAY_ROUTES_PROBE_TIMEOUT", "5s");
    }

    @Test
    void theProcessFollowsAPromotedStandbyAndSeesItsChanges() {
        try (PostgresServer primary = PostgresServer.startPrimary()) {
            primary.migrate();
            TenantId known = Tenants.insert(primary.database(), "C");
            try (PostgresServer standby = primary.standby()) {
                // The standby first: it answers, but takes no writes.
                try (RoutingNode node = node(url(standby, primary, ""), primary)) {
                    assertThat(node.route(known).tier()).isEqualTo(Tier.C);
                    Tenants.setTier(primary.database(), known, "B");
                    awaitTier(node, known, Tier.B);
                    await().atMost(RoutingNode.PATIENCE)
                            .untilAsserted(() -> assertThat(Tenants.tier(standby.database(), known))
                                    .isEqualTo("B"));

                    primary.stop();
                    assertThat(node.cachedRoute(known)).isNotNull();
                    node.awaitDisconnected();
                    assertThat(node.route(known).tier()).isEqualTo(Tier.B);
                    standby.promote();
                    node.awaitConnected();
                    Tenants.setTier(standby.database(), known, "A");

                    awaitTier(node, known, Tier.A);
                    assertThat(node.database
                                    .update("UPDATE tenants SET name = 'new' WHERE id = $1", known.value())
                                    .block(RoutingNode.PATIENCE))
                            .isEqualTo(1);
                }
            }
        }
    }

    @Test
    void connectionsToAPrimaryThatHasBecomeReadOnlyAreGivenUp() {
        try (PostgresServer primary = PostgresServer.startPrimary()) {
            primary.migrate();
            TenantId known = Tenants.insert(primary.database(), "C");
            try (PostgresServer standby = primary.standby();
                    RoutingNode node = node(url(primary, standby, ""), primary)) {
                assertThat(node.route(known).tier()).isEqualTo(Tier.C);

                // As when the former primary lives on behind the back of the fleet's new one.
                standby.promote();
                primary.database().execute("ALTER SYSTEM SET default_transaction_read_only = on");
                primary.database().execute("SELECT pg_reload_conf()");
                Tenants.setTier(standby.database(), known, "A");

                awaitTier(node, known, Tier.A);
                await().atMost(RoutingNode.PATIENCE)
                        .ignoreExceptionsInstanceOf(DatabaseException.class)
                        .untilAsserted(() -> assertThat(node.database
                                        .update("UPDATE tenants SET name = 'new' WHERE id = $1", known.value())
                                        .block(RoutingNode.PATIENCE))
                                .isEqualTo(1));
                assertThat(Tenants.tier(primary.database(), known)).isEqualTo("C");
            }
        }
    }

    @Test
    void withoutAPrimaryEachHostSaysWhyItWillNotDo() {
        try (PostgresServer primary = PostgresServer.startPrimary();
                PostgresServer standby = primary.standby()) {
            primary.stop();
            try (RoutingNode node =
                    RoutingNode.deaf(primary.database(), "MANAGEMENT_DB_URL", url(primary, standby, ""))) {
                assertThatThrownBy(() -> node.database.update("SELECT 1").block(RoutingNode.PATIENCE))
                        .isInstanceOf(DatabaseException.class)
                        .hasMessageContaining("127.0.0.1:" + primary.port())
                        .hasMessageContaining("127.0.0.1:" + standby.port() + ": takes no writes: it is a standby");
            }
            try (RoutingNode reader = RoutingNode.deaf(
                    primary.database(), "MANAGEMENT_DB_URL", url(primary, standby, "?target_session_attrs=any"))) {
                assertThat(reader.database
                                .query(
                                        "SELECT pg_is_in_recovery() AS r",
                                        row -> Objects.requireNonNull(row.get("r", Boolean.class)))
                                .block(RoutingNode.PATIENCE))
                        .containsExactly(true);
            }
        }
    }

    private static void awaitTier(RoutingNode node, TenantId tenant, Tier tier) {
        await().atMost(RoutingNode.PATIENCE)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(node.route(tenant))
                        .extracting(TenantRoute::tier)
                        .isEqualTo(tier));
    }
}
