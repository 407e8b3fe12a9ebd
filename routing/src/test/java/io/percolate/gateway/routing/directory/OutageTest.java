package io.percolate.gateway.routing.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.stack.RoutingNode;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** PostgreSQL goes away and comes back. */
class OutageTest {
    @Test
    void knownTenantsAreServedUnknownOnesFailFastAndAllRecoversByItself() {
        try (PostgresServer server = PostgresServer.start()) {
            server.migrate();
            TestDatabase postgres = server.database();
            try (RoutingNode node = RoutingNode.start(postgres, "GATEWAY_ROUTES_STALE_MAX", "1h")) {
                TenantId known = Tenants.insert(postgres, "C");
                TenantId changed = Tenants.insert(postgres, "C");
                List.of(known, changed).forEach(node::lookup);

                server.stop();
                node.awaitDisconnected();

                assertThat(node.cachedRoute(known)).isNotNull();
                assertThat(node.lookup(known)).isInstanceOf(RouteLookup.Known.class);
                assertThat(node.directory.explain(known))
                        .isNotNull()
                        .extracting(RouteExplanation::stale)
                        .isNotNull();
                List<Failure> failures = Flux.range(0, 2_000)
                        .flatMap(
                                i -> node.directory
                                        .lookup(Tenants.fresh())
                                        .map(found -> Failure.of(FailureKind.INTERNAL, "found"))
                                        .onErrorResume(FailureException.class, error -> Mono.just(error.failure())),
                                2_000)
                        .collectList()
                        .block(Duration.ofSeconds(6));
                assertThat(failures).hasSize(2_000).allSatisfy(failure -> {
                    assertThat(failure.kind()).isEqualTo(FailureKind.DIRECTORY_UNAVAILABLE);
                    assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(1));
                });
                assertThatThrownBy(() -> node.directory.refresh(known).block(Duration.ofSeconds(6)))
                        .isInstanceOf(FailureException.class);
                assertThatThrownBy(() -> node.database.update("SELECT 1").block(Duration.ofSeconds(6)))
                        .isInstanceOfSatisfying(
                                DatabaseException.class,
                                error -> assertThat(error.kind()).isEqualTo(DatabaseException.Kind.UNAVAILABLE));

                server.restart();
                Tenants.setTier(postgres, changed, "A");
                TenantId created = Tenants.insert(postgres, "B");
                node.awaitConnected();

                await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
                    assertThat(node.cachedRoute(changed))
                            .isNotNull()
                            .extracting(TenantRoute::tier)
                            .isEqualTo(Tier.A);
                });
                assertThat(node.route(created).tier()).isEqualTo(Tier.B);
                assertThat(node.directory.explain(known))
                        .isNotNull()
                        .extracting(RouteExplanation::stale)
                        .isNull();
            }
        }
    }

    @Test
    void aKnownTenantIsNotServedBeyondTheStaleBound() {
        try (PostgresServer server = PostgresServer.start()) {
            server.migrate();
            TestDatabase postgres = server.database();
            try (RoutingNode node = RoutingNode.start(postgres, "GATEWAY_ROUTES_STALE_MAX", "300ms")) {
                TenantId tenant = Tenants.insert(postgres, "C");
                node.lookup(tenant);
                assertThat(node.cachedRoute(tenant)).isNotNull();

                server.stop();

                await().atMost(RoutingNode.PATIENCE).until(() -> node.cachedRoute(tenant) == null);
                assertThatThrownBy(() -> node.lookup(tenant))
                        .isInstanceOfSatisfying(
                                FailureException.class,
                                error -> assertThat(error.failure().kind())
                                        .isEqualTo(FailureKind.DIRECTORY_UNAVAILABLE));
            }
        }
    }
}
