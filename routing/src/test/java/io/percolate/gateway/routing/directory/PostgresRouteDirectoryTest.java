package io.percolate.gateway.routing.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.stack.RoutingNode;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The directory over a real PostgreSQL, told of changes. */
class PostgresRouteDirectoryTest {
    private static final Duration NOTICED_WITHIN = Duration.ofMillis(250);

    private static TestDatabase postgres;
    private static RoutingNode node;

    @BeforeAll
    static void start() {
        postgres = PostgresFixture.freshDatabase();
        node = RoutingNode.start(postgres);
    }

    @AfterAll
    static void stop() {
        node.close();
        postgres.close();
    }

    private static void noticed(Runnable assertion) {
        noticed(RoutingNode.PATIENCE, assertion);
    }

    private static void noticed(Duration within, Runnable assertion) {
        await().atMost(within).pollInterval(Duration.ofMillis(2)).untilAsserted(assertion::run);
    }

    @Test
    void readsEveryColumnThatRoutingNeeds() {
        TenantId tenant = Tenants.insert(postgres, "B");
        postgres.execute("INSERT INTO shards (id, shard_group) VALUES ('s1', 'g') ON CONFLICT DO NOTHING;"
                + "INSERT INTO pods (id, tier, host, port, capacity) VALUES ('pod-all', 'C', '10.1.2.3', 8000, 5);"
                + "UPDATE tenants SET schema_name = 'tenant_b', shard_id = 's1', security_mode = 'mobile_only',"
                + " status = 'suspended' WHERE id = '" + tenant + "';"
                + "UPDATE tenant_states SET state = 'hot', pod_id = 'pod-all', epoch = 7 WHERE tenant_id = '" + tenant
                + "'");

        TenantRoute route = node.route(tenant);

        assertThat(route.tier()).isEqualTo(Tier.B);
        assertThat(route.status()).isEqualTo(TenantStatus.SUSPENDED);
        assertThat(route.residency()).isEqualTo(Residency.HOT);
        assertThat(route.region()).isEqualTo("default");
        assertThat(route.schemaName()).isEqualTo("tenant_b");
        assertThat(route.shard()).isEqualTo("s1");
        assertThat(route.epoch()).isEqualTo(7);
        assertThat(route.placement()).hasToString("Placement[pod=pod-all, tier=C, address=10.1.2.3:8000, epoch=7]");
        assertThat(route.isMisplaced()).isTrue();
    }

    @Test
    void aTierChangedByPlainSqlIsSeenWithinTheBound() {
        TenantId tenant = Tenants.insert(postgres, "C");
        assertThat(node.route(tenant).tier()).isEqualTo(Tier.C);

        Tenants.setTier(postgres, tenant, "A");

        noticed(
                NOTICED_WITHIN,
                () -> assertThat(node.cachedRoute(tenant))
                        .isNotNull()
                        .extracting(TenantRoute::tier)
                        .isEqualTo(Tier.A));
        assertThat(node.directory.explain(tenant))
                .isNotNull()
                .extracting(RouteExplanation::source)
                .isEqualTo(RouteExplanation.Source.NOTIFICATION);
    }

    @Test
    void aPodThatMovesTakesItsTenantsAlong() {
        TenantId tenant = Tenants.insert(postgres, "A");
        postgres.execute(
                "INSERT INTO pods (id, tier, host, port, capacity) VALUES ('pod-moves', 'A', '10.0.0.1', 1, 8);"
                        + "UPDATE tenant_states SET state = 'hot', pod_id = 'pod-moves', epoch = 1 WHERE tenant_id = '"
                        + tenant
                        + "'");
        assertThat(node.route(tenant).placement())
                .isNotNull()
                .extracting(Placement::address)
                .hasToString("10.0.0.1:1");

        postgres.execute("UPDATE pods SET host = '10.0.0.2' WHERE id = 'pod-moves'");

        noticed(() -> assertThat(node.cachedRoute(tenant))
                .isNotNull()
                .extracting(TenantRoute::placement)
                .extracting(Placement::address)
                .hasToString("10.0.0.2:1"));
    }

    @Test
    void activityIsNoNews() {
        TenantId tenant = Tenants.insert(postgres, "A");
        postgres.execute("INSERT INTO pods (id, tier, host, port, capacity) VALUES ('pod-busy', 'A', '10.0.0.9', 1, 8);"
                + "UPDATE tenant_states SET state = 'warm', pod_id = 'pod-busy' WHERE tenant_id = '" + tenant + "'");
        RouteLookup before = node.lookup(tenant);
        int loads = node.loads.queries();

        postgres.execute("UPDATE tenant_states SET last_access_at = now(), memory_mb = 3, data_size_mb = 4,"
                + " wake_failures = 2, wake_error = 'x' WHERE tenant_id = '" + tenant + "';"
                + "UPDATE tenants SET name = 'New', updated_at = now() WHERE id = '" + tenant + "';"
                + "UPDATE pods SET heartbeat_at = now(), memory_mb = 5 WHERE id = 'pod-busy'");
        // A change after it has been seen: so would the activity have been.
        TenantId marker = Tenants.insert(postgres, "C");
        node.lookup(marker);
        Tenants.setTier(postgres, marker, "B");
        noticed(() -> assertThat(node.cachedRoute(marker))
                .isNotNull()
                .extracting(TenantRoute::tier)
                .isEqualTo(Tier.B));

        assertThat(node.directory.cached(tenant)).isSameAs(before);
        assertThat(node.loads.queries()).isEqualTo(loads + 2);
    }

    @Test
    void aThousandWhoAskAtOnceCostOneQuery() {
        TenantId tenant = Tenants.insert(postgres, "C");
        int before = node.loads.queries();

        List<RouteLookup> answers = Flux.range(0, 1_000)
                .flatMap(i -> node.directory.lookup(tenant).subscribeOn(Schedulers.parallel()), 1_000)
                .collectList()
                .block(RoutingNode.PATIENCE);

        assertThat(answers).hasSize(1_000).containsOnly(node.directory.cached(tenant));
        // Another one where the news of the tenant itself came only after the first.
        assertThat(node.loads.queries()).isBetween(before + 1, before + 2);
    }

    @Test
    void manyTenantsMissedAtOnceShareQueries() {
        List<TenantId> tenants =
                IntStream.range(0, 1_000).mapToObj(i -> Tenants.fresh()).toList();
        postgres.execute(
                "INSERT INTO tenants (id, email, tier) SELECT id::uuid, id || '@example.com', 'C' FROM unnest('{"
                        + String.join(
                                ",", tenants.stream().map(TenantId::toString).toList()) + "}'::text[]) AS id");
        int before = node.loads.queries();

        List<RouteLookup> answers = Flux.fromIterable(tenants)
                .flatMapSequential(node.directory::lookup, 1_000)
                .collectList()
                .block(RoutingNode.PATIENCE);

        assertThat(answers).hasSize(1_000).allMatch(RouteLookup.Known.class::isInstance);
        assertThat(node.loads.queries() - before).isBetween(4, 40);
    }

    @Test
    void oneWhoGoesAwayTakesNoLoadFromTheOthers() {
        TenantId tenant = Tenants.insert(postgres, "C");
        Mono<RouteLookup> lookup = node.directory.lookup(tenant);
        List<RouteLookup> heard = new CopyOnWriteArrayList<>();

        var gone = lookup.subscribe();
        lookup.subscribe(heard::add);
        gone.dispose();

        await().atMost(RoutingNode.PATIENCE).until(() -> heard.size() == 1);
    }

    @Test
    void anUnknownTenantIsKnownAsSoonAsItIsMade() {
        TenantId tenant = Tenants.fresh();
        assertThat(node.lookup(tenant)).isEqualTo(new RouteLookup.Unknown(tenant, 0));
        assertThat(node.directory.cached(tenant)).isNotNull();

        Tenants.insert(postgres, tenant, "A");

        noticed(() -> assertThat(node.cachedRoute(tenant)).isNotNull());
    }

    @Test
    void aRowThatIsDeletedAndMadeAgainIsFollowed() {
        TenantId tenant = Tenants.insert(postgres, "B");
        long first = node.lookup(tenant).version();

        postgres.execute("DELETE FROM tenants WHERE id = '" + tenant + "'");
        noticed(() -> assertThat(node.directory.cached(tenant)).isInstanceOf(RouteLookup.Unknown.class));
        long tombstone = node.lookup(tenant).version();
        Tenants.insert(postgres, tenant, "A");
        noticed(() -> assertThat(node.cachedRoute(tenant)).isNotNull());

        assertThat(tombstone).isGreaterThan(first);
        assertThat(node.lookup(tenant).version()).isGreaterThan(tombstone);
        assertThat(node.route(tenant).tier()).isEqualTo(Tier.A);
    }

    @Test
    void truncatedTenantsAreForgotten() {
        try (TestDatabase own = PostgresFixture.freshDatabase();
                RoutingNode listening = RoutingNode.start(own)) {
            TenantId tenant = Tenants.insert(own, "B");
            listening.route(tenant);

            own.execute("TRUNCATE tenants CASCADE");

            noticed(() -> assertThat(listening.directory.cached(tenant)).isNull());
            assertThat(listening.lookup(tenant)).isInstanceOf(RouteLookup.Unknown.class);
        }
    }

    @Test
    void changesOfManyRowsInOneStatementAllArrive() {
        List<TenantId> tenants =
                Stream.generate(() -> Tenants.insert(postgres, "C")).limit(20).toList();
        postgres.execute(
                "INSERT INTO tenants (id, email, tier, name)"
                        + " SELECT gen_random_uuid(), 'mass' || i || '@example.com', 'C', 'mass' FROM generate_series(1, 2000) i");
        tenants.forEach(node::route);

        postgres.execute("UPDATE tenants SET tier = 'B' WHERE tier = 'C'");

        await().atMost(RoutingNode.PATIENCE)
                .untilAsserted(() -> assertThat(tenants)
                        .allSatisfy(tenant -> assertThat(node.cachedRoute(tenant))
                                .isNotNull()
                                .extracting(TenantRoute::tier)
                                .isEqualTo(Tier.B)));
    }

    @Test
    void changesOfTenantsThatNobodyAskedForCostNothing() {
        TenantId known = Tenants.insert(postgres, "C");
        node.route(known);
        int before = node.loads.queries();

        TenantId stranger = Tenants.insert(postgres, "C");
        Tenants.setTier(postgres, stranger, "A");
        Tenants.setTier(postgres, known, "A");
        noticed(() -> assertThat(node.cachedRoute(known))
                .isNotNull()
                .extracting(TenantRoute::tier)
                .isEqualTo(Tier.A));

        assertThat(node.loads.queries()).isEqualTo(before + 1);
        assertThat(node.directory.explain(stranger)).isNull();
    }

    @Test
    void refreshAsksPostgresThoughTheRouteIsAtHand() {
        TenantId tenant = Tenants.insert(postgres, "C");
        node.route(tenant);
        int before = node.loads.queries();

        assertThat(node.directory.refresh(tenant).block(RoutingNode.PATIENCE)).isInstanceOf(RouteLookup.Known.class);

        assertThat(node.loads.queries()).isEqualTo(before + 1);
    }

    @Test
    void aWatcherSeesTheCurrentVersionAndThenEachNewerOne() {
        TenantId tenant = Tenants.insert(postgres, "C");
        List<RouteLookup> seen = new CopyOnWriteArrayList<>();
        var watching = node.directory.watch(tenant).subscribe(seen::add);
        await().atMost(RoutingNode.PATIENCE).until(() -> seen.size() == 1);

        Tenants.setTier(postgres, tenant, "B");
        await().atMost(RoutingNode.PATIENCE).until(() -> seen.size() == 2);
        TenantRoute learned = withVersion(((RouteLookup.Known) seen.get(1)).route(), Long.MAX_VALUE);
        node.directory.learn(learned);
        node.directory.learn(learned);
        watching.dispose();

        assertThat(seen).hasSize(3).isSortedAccordingTo((a, b) -> Long.compare(a.version(), b.version()));
        assertThat(seen.get(2)).isEqualTo(new RouteLookup.Known(learned));
        assertThat(node.meters.get("router.routes.watches").gauge().value()).isZero();
    }

    static TenantRoute withVersion(TenantRoute route, long version) {
        return new TenantRoute(
                route.tenant(),
                route.tier(),
                route.status(),
                route.securityMode(),
                route.residency(),
                route.placement(),
                route.epoch(),
                route.region(),
                route.schemaName(),
                route.shard(),
                version);
    }
}
