package io.percolate.gateway.routing.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.stack.Settings;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A second level that may be behind. */
class SharedRoutesTest {
    private final AtomicLong nanos = new AtomicLong(1);
    private final ScriptedRoutes routes = new ScriptedRoutes();
    private final SharedShelf shelf = new SharedShelf();
    private final TenantId tenant = Tenants.fresh();
    private final PostgresRouteDirectory directory = new PostgresRouteDirectory(
            routes,
            shelf,
            RouteReplicas.NONE,
            Settings.read(DirectoryConfig::read, "GATEWAY_ROUTES_LOAD_TIMEOUT", "1m"),
            new SimpleMeterRegistry(),
            nanos::incrementAndGet);

    SharedRoutesTest() {
        directory.distrust();
        directory.connected();
    }

    private RouteLookup route(long version) {
        return new RouteLookup.Known(new TenantRoute(
                tenant,
                Tier.C,
                TenantStatus.ACTIVE,
                SecurityMode.NODE_BASED,
                Residency.COLD,
                null,
                0,
                "default",
                null,
                null,
                version));
    }

    private CompletableFuture<@Nullable RouteLookup> lookup() {
        return directory.lookup(tenant).toFuture();
    }

    private static long version(CompletableFuture<@Nullable RouteLookup> lookup) {
        return Objects.requireNonNull(lookup.join()).version();
    }

    @Test
    void answersAtOnceAndIsConfirmedByItsVersionAlone() {
        shelf.put(route(4), Duration.ofMinutes(1));
        routes.set(tenant, 4);

        CompletableFuture<@Nullable RouteLookup> waiting = lookup();

        assertThat(version(waiting)).isEqualTo(4);
        assertThat(directory.cached(tenant)).isEqualTo(route(4));
        assertThat(directory.explain(tenant)).isNotNull().satisfies(why -> {
            assertThat(why.source()).isEqualTo(RouteExplanation.Source.SHARED);
            assertThat(why.age()).isGreaterThanOrEqualTo(Duration.ofMinutes(1));
            assertThat(why.stale()).isNotNull();
        });
        routes.next().answer();
        assertThat(directory.explain(tenant)).isNotNull().satisfies(why -> {
            assertThat(why.source()).isEqualTo(RouteExplanation.Source.POSTGRES);
            assertThat(why.lookup()).isEqualTo(route(4));
            assertThat(why.stale()).isNull();
        });
    }

    @Test
    void isReplacedWhereItIsBehindAndWhereItIsOfAnotherHistory() {
        for (long truth : new long[] {9, 2}) {
            directory.forget();
            shelf.put(route(4), Duration.ZERO);
            routes.set(tenant, truth);

            assertThat(version(lookup())).isEqualTo(4);
            routes.next().answer();

            assertThat(version(lookup())).isEqualTo(truth);
        }
    }

    @Test
    void isNotBelievedBeyondTheStaleBound() {
        shelf.put(route(4), Duration.ofHours(2));
        routes.set(tenant, 5);

        CompletableFuture<@Nullable RouteLookup> waiting = lookup();

        assertThat(waiting).isNotDone();
        routes.next().answer();
        assertThat(version(waiting)).isEqualTo(5);
    }

    @Test
    void doesNotAnswerWhoAsksPostgresOrKnowsOfANewerVersion() {
        shelf.put(route(4), Duration.ZERO);
        routes.set(tenant, 5);

        CompletableFuture<@Nullable RouteLookup> refreshing =
                directory.refresh(tenant).toFuture();
        assertThat(refreshing).isNotDone();
        routes.next().answer();
        assertThat(version(refreshing)).isEqualTo(5);
        directory.changed(tenant, 6);
        assertThat(directory.cached(tenant)).isNull();
        assertThat(lookup()).isNotDone();
    }

    @Test
    void servesWhileTheDatabaseIsDown() {
        CompletableFuture<@Nullable RouteLookup> first = lookup();
        routes.next().fail(new IllegalStateException("gone"));
        assertThat(first).isCompletedExceptionally();
        assertThat(lookup()).isCompletedExceptionally();
        shelf.put(route(4), Duration.ZERO);

        assertThat(version(lookup())).isEqualTo(4);
        assertThat(directory.cached(tenant)).isEqualTo(route(4));
        assertThat(routes.waiting()).isZero();
    }

    @Test
    void isToldThatARouteInUseIsStillRightThoughNobodyLoadsIt() {
        routes.set(tenant, 1);
        lookup();
        routes.next().answer();
        shelf.put(route(1), Duration.ofMinutes(50));

        nanos.addAndGet(Duration.ofMinutes(29).toNanos());
        assertThat(directory.cached(tenant)).isNotNull();
        directory.sweep();
        assertThat(shelf.ageOf(tenant)).isEqualTo(Duration.ofMinutes(50));

        nanos.addAndGet(Duration.ofMinutes(2).toNanos());
        directory.sweep();
        assertThat(shelf.ageOf(tenant)).isZero();

        // Not of what may be wrong.
        shelf.put(route(1), Duration.ofMinutes(50));
        directory.lost(nanos.get());
        nanos.addAndGet(Duration.ofMinutes(31).toNanos());
        directory.sweep();
        assertThat(shelf.ageOf(tenant)).isEqualTo(Duration.ofMinutes(50));
        assertThat(routes.waiting()).isZero();
    }

    @Test
    void takesInWhatPostgresHasSaid() {
        routes.set(tenant, 1);
        lookup();
        assertThat(shelf.isEmpty()).isTrue();

        routes.next().answer();

        assertThat(shelf.isEmpty()).isFalse();
    }
}
