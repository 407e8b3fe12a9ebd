package io.percolate.gateway.routing.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.directory.RouteExplanation;
import io.percolate.gateway.routing.directory.RouteExplanation.Source;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.stack.RoutingNode;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A primary, a standby that streams from it, and gateways that read routes from the standby. */
class ReadReplicasTest {
    private static PostgresServer primary;
    private static PostgresServer standby;

    @BeforeAll
    static void servers() {
        primary = PostgresServer.startPrimary();
        primary.migrate();
        standby = primary.standby();
    }

    @AfterAll
    static void close() {
        standby.close();
        primary.close();
    }

    private static RoutingNode node(boolean isListening, PostgresServer replica, String... settings) {
        String[] all = new String[settings.length + 6];
        all[0] = "GATEWAY_DB_REPLICAS";
        all[1] = replica.host() + ":" + replica.port();
        all[2] = "GATEWAY_DB_REPLICA_MARK_INTERVAL";
        all[3] = "20ms";
        all[4] = "GATEWAY_DB_REPLICA_TIMEOUT";
        all[5] = "5s";
        System.arraycopy(settings, 0, all, 6, settings.length);
        TestDatabase database = primary.database();
        RoutingNode node = isListening ? RoutingNode.start(database, all) : RoutingNode.deaf(database, all);
        awaitUsable(node, true);
        return node;
    }

    private static void awaitUsable(RoutingNode node, boolean usable) {
        await().atMost(RoutingNode.PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> node.replicas.status().orElseThrow().usable() == usable);
    }

    /** Whatever was committed so far is on the standby. */
    private static void awaitReplayed() {
        // A record with a commit behind it: the end of the log may be of something that nobody sends before more
        // follows.
        String now = text(primary.database(), "SELECT pg_logical_emit_message(true, 'test', 'so far')::text");
        await().atMost(RoutingNode.PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> text(
                                standby.database(), "SELECT (pg_last_wal_replay_lsn() >= '" + now + "'::pg_lsn)::text")
                        .equals("true"));
    }

    private static String text(TestDatabase database, String sql) {
        try (var connection = database.connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        } catch (java.sql.SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static TenantId replicated(String tier) {
        TenantId tenant = Tenants.insert(primary.database(), tier);
        awaitReplayed();
        return tenant;
    }

    private static void pauseReplay() {
        standby.database().execute("SELECT pg_wal_replay_pause()");
        await().atMost(RoutingNode.PATIENCE)
                .until(() -> text(standby.database(), "SELECT pg_get_wal_replay_pause_state()")
                        .equals("paused"));
    }

    private static void resumeReplay() {
        standby.database().execute("SELECT pg_wal_replay_resume()");
    }

    private static Source source(RoutingNode node, TenantId tenant) {
        RouteExplanation why = node.directory.explain(tenant);
        return Objects.requireNonNull(why).source();
    }

    private static void forget(RoutingNode node, TenantId tenant) {
        node.directory.flush(new FlushScope.OneTenant(tenant));
    }

    private static double refused(RoutingNode node, String reason) {
        return node.meters
                .get("router.routes.replica.refused")
                .tag("reason", reason)
                .counter()
                .count();
    }

    @Test
    void routesAreReadFromTheReplicaAndSaySo() {
        TenantId tenant = replicated("B");
        try (RoutingNode node = node(true, standby)) {
            await().atMost(RoutingNode.PATIENCE).untilAsserted(() -> {
                forget(node, tenant);
                assertThat(node.route(tenant).tier()).isEqualTo(Tier.B);
                assertThat(source(node, tenant)).isEqualTo(Source.REPLICA);
            });

            assertThat(Objects.requireNonNull(node.directory.explain(tenant)).stale())
                    .isNull();
            assertThat(node.cachedRoute(tenant)).isNotNull();
            assertThat(node.meters
                            .get("router.routes.reads")
                            .tag("server", "replica")
                            .counter()
                            .count())
                    .isPositive();
            assertThat(node.meters.get("router.replica.age").gauge().value()).isBetween(0.0, 2.0);
            assertThat(node.replicas.status().orElseThrow().detail()).contains("ms behind at most");

            Tenants.setTier(primary.database(), tenant, "A");
            await().atMost(RoutingNode.PATIENCE)
                    .untilAsserted(() -> assertThat(node.route(tenant).tier()).isEqualTo(Tier.A));
        }
    }

    @Test
    void aTenantThatTheReplicaDoesNotKnowIsLookedUpOnThePrimary() {
        try (RoutingNode node = node(false, standby, "GATEWAY_DB_REPLICA_AGE_MAX", "1m")) {
            pauseReplay();
            try {
                TenantId tenant = Tenants.insert(primary.database(), "C");

                assertThat(node.route(tenant).tier()).isEqualTo(Tier.C);
                assertThat(source(node, tenant)).isEqualTo(Source.POSTGRES);
                assertThat(refused(node, "UNKNOWN")).isEqualTo(1);
                assertThat(node.lookup(Tenants.fresh())).isInstanceOf(RouteLookup.Unknown.class);
            } finally {
                resumeReplay();
            }
        }
    }

    @Test
    void aReplicaFurtherBehindThanAllowedIsNotAsked() {
        TenantId tenant = replicated("C");
        try (RoutingNode node = node(true, standby, "GATEWAY_DB_REPLICA_AGE_MAX", "300ms")) {
            pauseReplay();
            try {
                awaitUsable(node, false);
                assertThat(node.replicas.status().orElseThrow().detail()).contains("not asked");

                assertThat(node.route(tenant).tier()).isEqualTo(Tier.C);
                assertThat(source(node, tenant)).isEqualTo(Source.POSTGRES);
            } finally {
                resumeReplay();
            }
            awaitUsable(node, true);
        }
    }

    @Test
    void aChangeThatWasHeardIsNotUndoneByAReplicaThatLacksIt() {
        TenantId tenant = replicated("C");
        try (RoutingNode node = node(true, standby, "GATEWAY_DB_REPLICA_AGE_MAX", "1m")) {
            node.route(tenant);
            pauseReplay();
            try {
                Tenants.setTier(primary.database(), tenant, "A");
                await().atMost(RoutingNode.PATIENCE)
                        .untilAsserted(() -> assertThat(node.cachedRoute(tenant))
                                .isNotNull()
                                .extracting(TenantRoute::tier)
                                .isEqualTo(Tier.A));

                // Nothing in the cache speaks for the new version any more.
                forget(node, tenant);

                assertThat(node.route(tenant).tier()).isEqualTo(Tier.A);
                assertThat(source(node, tenant)).isEqualTo(Source.POSTGRES);
            } finally {
                resumeReplay();
            }
            await().atMost(RoutingNode.PATIENCE).untilAsserted(() -> {
                forget(node, tenant);
                assertThat(node.route(tenant).tier()).isEqualTo(Tier.A);
                assertThat(source(node, tenant)).isEqualTo(Source.REPLICA);
            });
        }
    }

    @Test
    void aChangeMadeHereIsReadHereThoughTheReplicaLacksItAndNobodyHasSaidSo() {
        TenantId placed = replicated("C");
        TenantId untold = replicated("C");
        try (RoutingNode node = node(false, standby, "GATEWAY_DB_REPLICA_AGE_MAX", "1m")) {
            pauseReplay();
            try {
                Tenants.setTier(primary.database(), placed, "A");
                Tenants.setTier(primary.database(), untold, "A");
                TenantRoute written = ((RouteLookup.Known) Objects.requireNonNull(
                                node.directory.refresh(placed).block(RoutingNode.PATIENCE)))
                        .route();
                assertThat(written.tier()).as("asked anew").isEqualTo(Tier.A);

                // As a wake does with what it has committed.
                node.directory.learn(written);
                forget(node, placed);

                assertThat(node.route(placed).tier()).isEqualTo(Tier.A);
                // So the replica does lag.
                assertThat(node.route(untold).tier()).isEqualTo(Tier.C);
                assertThat(source(node, untold)).isEqualTo(Source.REPLICA);
                assertThat(node.directory.refresh(untold).block(RoutingNode.PATIENCE))
                        .isInstanceOfSatisfying(
                                RouteLookup.Known.class,
                                known -> assertThat(known.route().tier()).isEqualTo(Tier.A));
            } finally {
                resumeReplay();
            }
        }
    }

    @Test
    void aReplicaThatIsDownIsDoneWithoutAndUsedAgain() {
        TenantId tenant = replicated("C");
        try (RoutingNode node = node(true, standby)) {
            standby.stop();
            try {
                assertThat(node.route(tenant).tier()).isEqualTo(Tier.C);
                assertThat(source(node, tenant)).isEqualTo(Source.POSTGRES);
                awaitUsable(node, false);
            } finally {
                standby.restart();
            }
            awaitUsable(node, true);
            await().atMost(RoutingNode.PATIENCE).untilAsserted(() -> {
                forget(node, tenant);
                node.route(tenant);
                assertThat(source(node, tenant)).isEqualTo(Source.REPLICA);
            });
        }
    }

    @Test
    void strangersAreAnsweredByTheReplicaWhileThePrimaryIsDown() {
        TenantId tenant = replicated("B");
        try (RoutingNode node = node(true, standby, "GATEWAY_DB_REPLICA_AGE_MAX", "100ms")) {
            primary.stop();
            try {
                awaitUsable(node, false);
                await().atMost(RoutingNode.PATIENCE)
                        .ignoreExceptions()
                        .untilAsserted(
                                () -> assertThat(node.route(tenant).tier()).isEqualTo(Tier.B));
                assertThat(source(node, tenant)).isEqualTo(Source.REPLICA);
                assertThatThrownBy(() -> node.lookup(Tenants.fresh()))
                        .as("that it is unknown only the primary may say")
                        .isInstanceOf(FailureException.class);
            } finally {
                primary.restart();
            }
        }
    }

    @Test
    void aStandbyThatWasPromotedBehindOurBackIsNotBelieved() {
        TenantId tenant = replicated("C");
        try (PostgresServer strayed = primary.standby();
                RoutingNode node = node(true, strayed, "GATEWAY_DB_REPLICA_AGE_MAX", "1m")) {
            strayed.promote();
            Tenants.setTier(strayed.database(), tenant, "A");
            Tenants.setTier(primary.database(), tenant, "B");

            await().atMost(RoutingNode.PATIENCE).untilAsserted(() -> {
                forget(node, tenant);
                assertThat(node.route(tenant).tier()).isEqualTo(Tier.B);
            });
            forget(node, tenant);
            assertThat(node.route(tenant).tier()).isEqualTo(Tier.B);
            assertThat(source(node, tenant)).isEqualTo(Source.POSTGRES);
        }
    }

    @Test
    void withoutReplicasNothingIsWritten() {
        String before = text(primary.database(), "SELECT count(*) FROM replica_marks");
        try (RoutingNode node = RoutingNode.start(primary.database())) {
            assertThat(node.replicas.status()).isEqualTo(Optional.empty());
            assertThat(text(primary.database(), "SELECT count(*) FROM replica_marks"))
                    .isEqualTo(before);
        }
    }
}
