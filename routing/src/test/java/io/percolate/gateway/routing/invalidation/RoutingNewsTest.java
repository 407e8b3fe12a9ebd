package io.percolate.gateway.routing.invalidation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Counter;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.stack.RoutingNode;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a listener that lost its connection makes up for. */
class RoutingNewsTest {
    private static TestDatabase postgres;

    @BeforeAll
    static void start() {
        postgres = PostgresFixture.freshDatabase();
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    /** Ends the listening backend; the changes commit together with its end, before anybody listens again. */
    private static void changeUnheard(RoutingNode node, String changes) {
        String listening = " FROM pg_stat_activity WHERE application_name = '" + node.applicationName
                + "' AND (query LIKE '%percolate\\_%' OR query LIKE '%pg_notify%')";
        // Until it has caught up, its last statement is another one.
        await().atMost(RoutingNode.PATIENCE).until(() -> count("SELECT count(*)" + listening) == 1);
        postgres.execute(changes + ";SELECT pg_terminate_backend(pid), pg_sleep(0.02)" + listening);
    }

    private static long count(String query) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static double resyncs(RoutingNode node, String gap) {
        Counter counter = node.meters.find("router.resyncs").tag("gap", gap).counter();
        return counter == null ? 0 : counter.count();
    }

    @Test
    void changesInTheGapAreSeenAfterReconnecting() {
        try (RoutingNode node = RoutingNode.start(postgres)) {
            TenantId changed = Tenants.insert(postgres, "C");
            TenantId unchanged = Tenants.insert(postgres, "C");
            TenantId deleted = Tenants.insert(postgres, "C");
            TenantId unknown = Tenants.fresh();
            Stream.of(changed, unchanged, deleted, unknown).forEach(node::lookup);
            int loads = node.loads.queries();

            changeUnheard(
                    node,
                    "UPDATE tenants SET tier = 'A' WHERE id = '" + changed + "'; DELETE FROM tenants WHERE id = '"
                            + deleted
                            + "'; INSERT INTO tenants (id, email, tier) VALUES ('" + unknown + "', '" + unknown
                            + "', 'B')");
            await().atMost(RoutingNode.PATIENCE).untilAsserted(() -> {
                assertThat(resyncs(node, "since")).isEqualTo(1);
                assertThat(node.cachedRoute(changed))
                        .isNotNull()
                        .extracting(TenantRoute::tier)
                        .isEqualTo(Tier.A);
                assertThat(node.directory.cached(deleted)).isInstanceOf(RouteLookup.Unknown.class);
                assertThat(node.cachedRoute(unknown))
                        .isNotNull()
                        .extracting(TenantRoute::tier)
                        .isEqualTo(Tier.B);
            });

            assertThat(node.cachedRoute(unchanged)).isNotNull();
            assertThat(node.loads.queries() - loads).isBetween(1, 3);
        }
    }

    @Test
    void tooManyChangesInTheGapMakeEveryRouteBeLoadedAnew() {
        try (RoutingNode node = RoutingNode.start(postgres, "GATEWAY_ROUTES_RESYNC_MAX", "2")) {
            List<TenantId> tenants = Stream.generate(() -> Tenants.insert(postgres, "C"))
                    .limit(5)
                    .toList();
            tenants.forEach(node::lookup);

            changeUnheard(node, "UPDATE tenants SET tier = 'B' WHERE tier = 'C'");
            await().atMost(RoutingNode.PATIENCE).until(() -> resyncs(node, "since") == 1);

            assertThat(tenants)
                    .allSatisfy(tenant -> assertThat(node.route(tenant).tier()).isEqualTo(Tier.B));
        }
    }

    @Test
    void routesLoadedBeforeListeningBeganAreLoadedAnew() {
        try (RoutingNode node = RoutingNode.deaf(postgres)) {
            TenantId tenant = Tenants.insert(postgres, "C");
            node.lookup(tenant);
            Tenants.setTier(postgres, tenant, "A");
            assertThat(node.cachedRoute(tenant))
                    .isNotNull()
                    .extracting(TenantRoute::tier)
                    .isEqualTo(Tier.C);

            node.news.start();
            node.awaitConnected();

            assertThat(node.route(tenant).tier()).isEqualTo(Tier.A);
        }
    }

    @Test
    void aRouteInUseIsLoadedAnewWhileChangesAreNotHeard() {
        try (RoutingNode node = RoutingNode.deaf(postgres, "GATEWAY_ROUTES_REVALIDATE_AFTER", "50ms")) {
            TenantId tenant = Tenants.insert(postgres, "C");
            node.lookup(tenant);
            Tenants.setTier(postgres, tenant, "A");

            await().atMost(RoutingNode.PATIENCE)
                    .untilAsserted(() -> assertThat(node.cachedRoute(tenant))
                            .isNotNull()
                            .extracting(TenantRoute::tier)
                            .isEqualTo(Tier.A));
            assertThat(node.directory.explain(tenant))
                    .isNotNull()
                    .extracting(e -> e.stale())
                    .isEqualTo("changes are not heard");
        }
    }

    @Test
    void aWatchedTenantIsFollowedWithoutAndWithNews() {
        try (RoutingNode node = RoutingNode.deaf(postgres, "GATEWAY_ROUTES_REVALIDATE_AFTER", "50ms")) {
            TenantId tenant = Tenants.insert(postgres, "C");
            List<RouteLookup> seen = new CopyOnWriteArrayList<>();
            var watching = node.directory.watch(tenant).subscribe(seen::add);
            await().atMost(RoutingNode.PATIENCE).until(() -> seen.size() == 1);

            Tenants.setTier(postgres, tenant, "A");
            await().atMost(RoutingNode.PATIENCE).until(() -> seen.size() == 2);
            node.news.start();
            node.awaitConnected();
            changeUnheard(node, "UPDATE tenants SET tier = 'B' WHERE id = '" + tenant + "'");
            await().atMost(RoutingNode.PATIENCE).until(() -> seen.size() == 3);
            watching.dispose();

            assertThat(seen.getLast())
                    .isInstanceOfSatisfying(
                            RouteLookup.Known.class,
                            known -> assertThat(known.route().tier()).isEqualTo(Tier.B));
        }
    }

    @Test
    void tellsWhetherItHears() {
        try (RoutingNode node = RoutingNode.deaf(postgres)) {
            assertThat(node.news.status()).isEqualTo(new NewsStatus(false, null, null));

            node.news.start();
            node.awaitConnected();

            assertThat(node.news.status().lag()).isNotNull().isLessThan(Duration.ofSeconds(5));
            assertThat(node.news.status().silence()).isNotNull().isLessThan(Duration.ofSeconds(5));
            assertThat(node.meters.get("router.listen.connected").gauge().value())
                    .isEqualTo(1);
        }
    }
}
