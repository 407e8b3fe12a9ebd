package io.percolate.gateway.routing.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.stack.RoutingNode;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two gateways and a management process at one database. */
class FleetTest {
    private static final Duration PATIENT = Duration.ofSeconds(8);

    private TestDatabase postgres;
    private RoutingNode first;
    private RoutingNode second;
    private RoutingNode management;
    private TenantId inA;
    private TenantId inB;

    @BeforeEach
    void start() {
        postgres = PostgresFixture.freshDatabase();
        first = RoutingNode.start(postgres);
        second = RoutingNode.start(postgres);
        management = RoutingNode.start(postgres);
        gateways().forEach(node -> node.registry.register().block(PATIENT));
        inA = Tenants.insert(postgres, "A");
        inB = Tenants.insert(postgres, "B");
        gateways().forEach(node -> Stream.of(inA, inB).forEach(node::lookup));
    }

    @AfterEach
    void stop() {
        Stream.of(first, second, management).forEach(RoutingNode::close);
        postgres.close();
    }

    private List<RoutingNode> gateways() {
        return List.of(first, second);
    }

    private FlushReport flush(FlushScope scope, CacheName cache) {
        return flush(scope, cache, PATIENT);
    }

    private FlushReport flush(FlushScope scope, CacheName cache, Duration wait) {
        return Objects.requireNonNull(
                management.fleet.flush(scope, Set.of(cache), wait).block(PATIENT.multipliedBy(2)));
    }

    @Test
    void everyGatewayKnowsHowManyThereAre() {
        gateways().forEach(node -> node.registry.register().block(PATIENT));

        // One that beat long ago counts no more.
        postgres.execute("INSERT INTO gateways (id, host, ops_port, heartbeat_at) VALUES (gen_random_uuid(), 'gone', 1,"
                + " now() - interval '1 minute')");
        first.registry.register().block(PATIENT);

        assertThat(first.registry.alive()).isEqualTo(2);
        assertThat(second.registry.alive()).isEqualTo(2);
    }

    @Test
    void aFlushOfOneTenantIsConfirmedByEveryGateway() {
        FlushReport report = flush(new FlushScope.OneTenant(inA), CacheName.ROUTES);

        assertThat(report.isComplete()).isTrue();
        assertThat(report.confirmed()).isEqualTo(2);
        assertThat(report.entries()).isEqualTo(2);
        assertThat(gateways()).allSatisfy(node -> {
            assertThat(node.directory.cached(inA)).isNull();
            assertThat(node.directory.cached(inB)).isNotNull();
        });
    }

    @Test
    void aFlushOfATierSparesTheOthers() {
        FlushReport report = flush(new FlushScope.OneTier(Tier.B), CacheName.ROUTES);

        assertThat(report.entries()).isEqualTo(2);
        assertThat(gateways()).allSatisfy(node -> {
            assertThat(node.directory.cached(inA)).isNotNull();
            assertThat(node.directory.cached(inB)).isNull();
        });
    }

    @Test
    void aFlushOfAllTakesAll() {
        FlushReport report = flush(new FlushScope.All(), CacheName.ROUTES);

        assertThat(report.entries()).isEqualTo(4);
        assertThat(gateways()).allSatisfy(node -> {
            assertThat(node.directory.cached(inA)).isNull();
            assertThat(node.directory.cached(inB)).isNull();
        });
    }

    @Test
    void aFlushOfAnotherCacheLeavesRoutesAlone() {
        FlushReport report = flush(new FlushScope.All(), CacheName.TOKENS);

        assertThat(report.isComplete()).isTrue();
        assertThat(report.entries()).isZero();
        assertThat(first.directory.cached(inA)).isNotNull();
    }

    @Test
    void aGatewayThatDoesNotAnswerIsNamedAndDoesNotHoldUpTheAnswer() {
        UUID silent = UUID.randomUUID();
        postgres.execute("INSERT INTO gateways (id, host, ops_port) VALUES ('" + silent + "', 'silent', 1)");

        FlushReport report = flush(new FlushScope.All(), CacheName.ROUTES, Duration.ofSeconds(2));

        assertThat(report.expected()).hasSize(3);
        assertThat(report.missing()).containsExactly(silent);
        assertThat(report.confirmed()).isEqualTo(2);
    }

    @Test
    void theDeadAreNotWaitedForAndOneThatLeftIsGone() {
        postgres.execute("INSERT INTO gateways (id, host, ops_port, heartbeat_at)"
                + " VALUES (gen_random_uuid(), 'dead', 1, now() - interval '16 seconds')");
        second.registry.close().block(PATIENT);

        assertThat(flush(new FlushScope.All(), CacheName.ROUTES).expected())
                .containsExactly(first.registry.gateway().id());
    }

    @Test
    void aFlushMissedWhileTheConnectionWasAwayIsMadeUpFor() {
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '"
                + first.applicationName + "';INSERT INTO cache_flushes (scope, caches) VALUES ('all', '{routes}')");

        await().atMost(RoutingNode.PATIENCE)
                .untilAsserted(() -> assertThat(first.meters
                                .get("router.flushed.entries")
                                .counter()
                                .count())
                        .isEqualTo(2));
    }

    @Test
    void aGatewayBeatsAndComesBackWhenItsRowIsLost() throws Exception {
        first.registry.start();
        postgres.execute("DELETE FROM gateways");

        await().atMost(RoutingNode.PATIENCE).untilAsserted(() -> {
            try (var connection = postgres.connect();
                    var rows = connection.createStatement().executeQuery("SELECT id FROM gateways")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getObject(1)).isEqualTo(first.registry.gateway().id());
            }
        });
    }
}
