package io.percolate.gateway.routing.invalidation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Counter;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.stack.RoutingNode;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Transactions that commit in another order than they began in, around a gap in the news. */
class CommitOrderTest {
    private static TestDatabase postgres;

    @BeforeAll
    static void start() {
        postgres = PostgresFixture.freshDatabase();
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    private static void setTier(Connection connection, TenantId tenant, String tier) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("UPDATE tenants SET tier = '" + tier + "' WHERE id = '" + tenant + "'");
        }
    }

    /** Lets the mark of the node move on: two more probes have come back. */
    private static void awaitProbes(RoutingNode node) {
        long before = node.meters.get("router.listen.lag").timer().count();
        await().atMost(RoutingNode.PATIENCE)
                .until(() -> node.meters.get("router.listen.lag").timer().count() >= before + 2);
    }

    private static String endOfListening(RoutingNode node) {
        return "SELECT pg_terminate_backend(pid), pg_sleep(0.02) FROM pg_stat_activity WHERE application_name = '"
                + node.applicationName + "' AND (query LIKE '%percolate\\_%' OR query LIKE '%pg_notify%')";
    }

    private static double resyncs(RoutingNode node) {
        Counter counter = node.meters.find("router.resyncs").tag("gap", "since").counter();
        return counter == null ? 0 : counter.count();
    }

    @Test
    void oneThatBeganLongBeforeTheGapAndCommittedInItIsFound() throws SQLException {
        try (RoutingNode node = RoutingNode.start(postgres);
                Connection slow = postgres.connect();
                Connection slower = postgres.connect()) {
            slow.setAutoCommit(false);
            slower.setAutoCommit(false);
            TenantId inGap = Tenants.insert(postgres, "C");
            TenantId afterGap = Tenants.insert(postgres, "C");
            TenantId beforeGap = Tenants.insert(postgres, "C");
            List.of(inGap, afterGap, beforeGap).forEach(node::lookup);

            setTier(slow, inGap, "A");
            setTier(slower, afterGap, "A");
            Tenants.setTier(postgres, beforeGap, "A");
            awaitProbes(node);
            int loads = node.loads.queries();
            try (Statement statement = slow.createStatement()) {
                statement.execute(endOfListening(node));
            }
            slow.commit();

            await().atMost(RoutingNode.PATIENCE).until(() -> resyncs(node) == 1);
            await().atMost(RoutingNode.PATIENCE)
                    .untilAsserted(() -> assertThat(node.cachedRoute(inGap))
                            .isNotNull()
                            .extracting(TenantRoute::tier)
                            .isEqualTo(Tier.A));
            assertThat(node.cachedRoute(beforeGap))
                    .isNotNull()
                    .extracting(TenantRoute::tier)
                    .isEqualTo(Tier.A);
            assertThat(node.loads.queries()).isEqualTo(loads + 1);
            slower.commit();
            await().atMost(RoutingNode.PATIENCE)
                    .untilAsserted(() -> assertThat(node.cachedRoute(afterGap))
                            .isNotNull()
                            .extracting(TenantRoute::tier)
                            .isEqualTo(Tier.A));
        }
    }

    @Test
    void everyRowIsRightAfterChangesThatRunThroughSeveralGaps() throws SQLException, InterruptedException {
        try (RoutingNode node = RoutingNode.start(postgres)) {
            List<TenantId> tenants = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                tenants.add(Tenants.insert(postgres, "C"));
            }
            tenants.forEach(node::lookup);
            List<Thread> writers = new ArrayList<>();
            List<Throwable> faults = new ArrayList<>();
            for (int writer = 0; writer < 4; writer++) {
                List<TenantId> own = tenants.subList(writer * 10, writer * 10 + 10);
                writers.add(Thread.ofPlatform()
                        .uncaughtExceptionHandler((thread, fault) -> faults.add(fault))
                        .start(() -> writeThrough(own)));
            }
            for (int gap = 0; gap < 3; gap++) {
                double before = resyncs(node);
                await().atMost(RoutingNode.PATIENCE).until(() -> {
                    // While it catches up, its last statement is another one.
                    postgres.execute(endOfListening(node));
                    return resyncs(node) > before;
                });
            }
            for (Thread writer : writers) {
                writer.join();
            }

            assertThat(faults).isEmpty();
            await().atMost(RoutingNode.PATIENCE)
                    .untilAsserted(() -> assertThat(tenants)
                            .allSatisfy(tenant -> assertThat(node.cachedRoute(tenant))
                                    .isNotNull()
                                    .extracting(TenantRoute::tier)
                                    .isEqualTo(Tier.A)));
        }
    }

    /** Transactions of several statements, which overlap those of the other writers; A is the last. */
    private static void writeThrough(List<TenantId> tenants) {
        try (Connection connection = postgres.connect()) {
            connection.setAutoCommit(false);
            for (int round = 0; round < 60; round++) {
                for (TenantId tenant : tenants) {
                    setTier(connection, tenant, round % 2 == 0 ? "B" : "A");
                }
                connection.commit();
            }
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }
}
