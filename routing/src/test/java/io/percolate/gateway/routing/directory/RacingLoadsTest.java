package io.percolate.gateway.routing.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.stack.Settings;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loads, changes and flushes that overtake each other, in a given order. */
class RacingLoadsTest {
    private final AtomicLong nanos = new AtomicLong(1);
    private final ScriptedRoutes routes = new ScriptedRoutes();
    private final TenantId tenant = Tenants.fresh();
    private final PostgresRouteDirectory directory = new PostgresRouteDirectory(
            routes,
            SharedRoutes.NONE,
            RouteReplicas.NONE,
            Settings.read(DirectoryConfig::read, "GATEWAY_ROUTES_LOAD_TIMEOUT", "1m"),
            new SimpleMeterRegistry(),
            nanos::incrementAndGet);

    private CompletableFuture<@Nullable RouteLookup> lookup() {
        return directory.lookup(tenant).toFuture();
    }

    private static long version(CompletableFuture<@Nullable RouteLookup> lookup) {
        return Objects.requireNonNull(lookup.join()).version();
    }

    private long cachedVersion() {
        RouteLookup cached = directory.cached(tenant);
        return cached == null ? -1 : cached.version();
    }

    private void live() {
        directory.distrust();
        directory.connected();
    }

    @Test
    void aChangeAnnouncedWhileALoadIsUnderWayMakesItLoadAgain() {
        live();
        routes.set(tenant, 1);
        CompletableFuture<@Nullable RouteLookup> waiting = lookup();
        routes.set(tenant, 2);
        directory.changed(tenant, 2);

        routes.next().answer();
        assertThat(waiting).isNotDone();
        assertThat(cachedVersion()).isEqualTo(-1);
        routes.next().answer();

        assertThat(version(waiting)).isEqualTo(2);
        assertThat(cachedVersion()).isEqualTo(2);
    }

    @Test
    void anAnnouncedVersionThatCannotBeFoundIsGivenUpAfterSomeLoads() {
        live();
        routes.set(tenant, 1);
        CompletableFuture<@Nullable RouteLookup> waiting = lookup();
        directory.changed(tenant, 9);

        routes.next().answer();
        routes.next().answer();
        routes.next().answer();

        assertThat(version(waiting)).isEqualTo(1);
        assertThat(routes.waiting()).isZero();
        assertThat(cachedVersion()).isEqualTo(1);
    }

    @Test
    void aTenantThatChangesFasterThanItIsLoadedIsStillAnsweredAndFollowed() {
        live();
        routes.set(tenant, 1);
        CompletableFuture<@Nullable RouteLookup> waiting = lookup();
        List<Long> seen = new ArrayList<>();
        var watching = directory.watch(tenant).subscribe(lookup -> seen.add(lookup.version()));
        for (long version = 2; version <= 4; version++) {
            routes.set(tenant, version);
            directory.changed(tenant, version);
            routes.next().answer();
        }

        assertThat(version(waiting)).isEqualTo(3);
        routes.next().answer();
        watching.dispose();

        assertThat(cachedVersion()).isEqualTo(4);
        assertThat(seen).containsExactly(3L, 4L);
    }

    @Test
    void aChangeHidesTheRouteUntilItIsLoadedAnew() {
        live();
        routes.set(tenant, 1);
        lookup();
        routes.next().answer();
        assertThat(cachedVersion()).isEqualTo(1);

        routes.set(tenant, 2);
        directory.changed(tenant, 2);
        CompletableFuture<@Nullable RouteLookup> waiting = lookup();

        assertThat(cachedVersion()).isEqualTo(-1);
        assertThat(routes.waiting()).isEqualTo(1);
        routes.next().answer();
        assertThat(version(waiting)).isEqualTo(2);
    }

    @Test
    void aRouteLoadedLongAgoIsLoadedAnewOnlyAfterChangesWereNotHeardForAWhile() {
        live();
        routes.set(tenant, 1);
        lookup();
        routes.next().answer();
        nanos.addAndGet(Duration.ofMinutes(1).toNanos());
        directory.lost(nanos.get());

        assertThat(cachedVersion()).isEqualTo(1);
        assertThat(routes.waiting()).isZero();

        nanos.addAndGet(Duration.ofSeconds(2).toNanos());

        assertThat(cachedVersion()).isEqualTo(1);
        assertThat(cachedVersion()).isEqualTo(1);
        assertThat(routes.waiting()).isEqualTo(1);
    }

    @Test
    void anOutdatedRouteIsServedAgainWhenItCannotBeLoaded() {
        live();
        routes.set(tenant, 1);
        lookup();
        routes.next().answer();

        directory.changed(tenant, 2);
        CompletableFuture<@Nullable RouteLookup> waiting = lookup();
        routes.next().fail(new IllegalStateException("gone"));

        assertThat(version(waiting)).isEqualTo(1);
        assertThat(cachedVersion()).isEqualTo(1);
        assertThat(directory.explain(tenant))
                .isNotNull()
                .extracting(RouteExplanation::stale)
                .isEqualTo("version 2 is known to exist, and could not be loaded");
    }

    @Test
    void aVersionThatIsNotNewerIsNoNews() {
        live();
        routes.set(tenant, 5);
        lookup();
        routes.next().answer();

        directory.changed(tenant, 5);
        directory.changed(tenant, 4);

        assertThat(cachedVersion()).isEqualTo(5);
        assertThat(routes.waiting()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tenant", "tier", "all"})
    void whatALoadBringsThatAFlushHasOvertakenIsNotKept(String scope) {
        live();
        routes.set(tenant, 1);
        CompletableFuture<@Nullable RouteLookup> before = lookup();
        directory.flush(
                switch (scope) {
                    case "tenant" -> new FlushScope.OneTenant(tenant);
                    case "tier" -> new FlushScope.OneTier(Tier.A);
                    default -> new FlushScope.All();
                });
        CompletableFuture<@Nullable RouteLookup> after = lookup();

        assertThat(routes.waiting()).isEqualTo(2);
        routes.next().answer();
        assertThat(version(before)).isEqualTo(1);
        assertThat(cachedVersion()).isEqualTo(-1);
        routes.next().answer();
        assertThat(version(after)).isEqualTo(1);
        assertThat(cachedVersion()).isEqualTo(1);
    }

    @Test
    void refreshDoesNotJoinALoadThatHasBegun() {
        live();
        routes.set(tenant, 1);
        CompletableFuture<@Nullable RouteLookup> older = lookup();
        routes.set(tenant, 2);
        CompletableFuture<@Nullable RouteLookup> refreshed =
                directory.refresh(tenant).toFuture();

        ScriptedRoutes.Asked first = routes.next();
        routes.next().answer();
        first.answer();

        assertThat(version(refreshed)).isEqualTo(2);
        assertThat(version(older)).isEqualTo(1);
        assertThat(cachedVersion()).isEqualTo(2);
    }

    @Test
    void whatIsLearnedIsNotReplacedByAnOlderLoad() {
        live();
        routes.set(tenant, 1);
        CompletableFuture<@Nullable RouteLookup> waiting = lookup();
        ScriptedRoutes.Asked asked = routes.next();
        routes.set(tenant, 3);
        CompletableFuture<@Nullable RouteLookup> learning =
                directory.refresh(tenant).toFuture();
        routes.next().answer();
        RouteLookup.Known known = (RouteLookup.Known) Objects.requireNonNull(learning.join());
        directory.learn(PostgresRouteDirectoryTest.withVersion(known.route(), 7));

        asked.answer();

        assertThat(version(waiting)).isIn(1L, 7L);
        assertThat(cachedVersion()).isEqualTo(7);
    }

    @Test
    void loadsThatComeWhileAllQueriesAreUnderWayShareTheNext() {
        live();
        List<CompletableFuture<@Nullable RouteLookup>> waiting = new ArrayList<>();
        for (int i = 0; i < RouteLoader.QUERIES_MAX + RouteLoader.BATCH_MAX + 10; i++) {
            waiting.add(directory.lookup(Tenants.fresh()).toFuture());
        }

        assertThat(routes.waiting()).isEqualTo(RouteLoader.QUERIES_MAX);
        for (int i = 0; i < RouteLoader.QUERIES_MAX; i++) {
            ScriptedRoutes.Asked asked = routes.next();
            assertThat(asked.tenants()).hasSize(1);
            asked.answer();
        }
        assertThat(routes.next()).satisfies(asked -> {
            assertThat(asked.tenants()).hasSize(RouteLoader.BATCH_MAX);
            asked.answer();
        });
        assertThat(routes.next()).satisfies(asked -> {
            assertThat(asked.tenants()).hasSize(10);
            asked.answer();
        });
        assertThat(waiting).allSatisfy(done -> assertThat(done).isCompleted());
    }

    @Test
    void whileTheDatabaseIsDownOneLoadNowAndThenFindsOutWhetherItIsBack() {
        live();
        CompletableFuture<@Nullable RouteLookup> first = lookup();
        routes.next().fail(new IllegalStateException("gone"));
        assertThatThrownBy(first::join).hasCauseInstanceOf(FailureException.class);

        assertThat(lookup()).isCompletedExceptionally();
        assertThat(routes.waiting()).isZero();
        nanos.addAndGet(OutageGate.TRIAL_INTERVAL.multipliedBy(2).toNanos());
        CompletableFuture<@Nullable RouteLookup> trial = lookup();
        assertThat(directory.lookup(Tenants.fresh()).toFuture()).isCompletedExceptionally();
        routes.next().answer();

        assertThat(trial.join()).isInstanceOf(RouteLookup.Unknown.class);
        directory.lookup(Tenants.fresh()).toFuture();
        assertThat(routes.waiting()).isEqualTo(1);
    }

    @Test
    void anUnknownTenantIsAskedForAgainWhenItsTimeHasPassed() {
        live();
        lookup();
        routes.next().answer();
        assertThat(cachedVersion()).isZero();

        nanos.addAndGet(Duration.ofSeconds(6).toNanos());

        assertThat(cachedVersion()).isEqualTo(-1);
    }

    @Test
    void aHistoryThatStartsOverIsFollowed() {
        live();
        routes.set(tenant, 100);
        List<Long> seen = new ArrayList<>();
        var watching = directory.watch(tenant).subscribe(lookup -> seen.add(lookup.version()));
        routes.next().answer();

        routes.set(tenant, 3);
        directory.forget();
        directory.connected();
        routes.next().answer();
        watching.dispose();

        assertThat(cachedVersion()).isEqualTo(3);
        assertThat(seen).containsExactly(100L, 3L);
    }

    @Test
    void versionsNeverGoBackwardsWhateverOvertakesWhat() {
        for (int round = 0; round < 300; round++) {
            long seed = System.nanoTime() + round;
            race(new Random(seed), seed);
        }
    }

    private void race(Random random, long seed) {
        TenantId raced = Tenants.fresh();
        List<Long> watched = new CopyOnWriteArrayList<>();
        List<ScriptedRoutes.Asked> underWay = new ArrayList<>();
        live();
        var watching = directory.watch(raced).subscribe(lookup -> watched.add(lookup.version()));
        long version = 0;
        long highest = -1;
        for (int step = 0; step < 60; step++) {
            switch (random.nextInt(6)) {
                case 0 -> {
                    version++;
                    routes.set(raced, version);
                    directory.changed(raced, version);
                }
                case 1 -> directory.refresh(raced).subscribe();
                case 2 -> directory.lookup(raced).subscribe();
                case 3 -> {
                    if (random.nextInt(4) == 0) {
                        directory.flush(new FlushScope.OneTenant(raced));
                    }
                }
                default -> {
                    while (routes.waiting() > 0) {
                        underWay.add(routes.next());
                    }
                    if (!underWay.isEmpty()) {
                        underWay.remove(random.nextInt(underWay.size())).answer();
                    }
                }
            }
            RouteLookup cached = directory.cached(raced);
            if (cached != null) {
                assertThat(cached.version()).as("seed %d", seed).isGreaterThanOrEqualTo(highest);
                highest = cached.version();
            }
        }
        // What news has caused may be sent a little later.
        long last = version;
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(1))
                .until(() -> {
                    while (routes.waiting() > 0 || !underWay.isEmpty()) {
                        while (routes.waiting() > 0) {
                            underWay.add(routes.next());
                        }
                        underWay.removeLast().answer();
                    }
                    return !watched.isEmpty() && watched.getLast() == last;
                });
        watching.dispose();
        assertThat(watched).as("seed %d", seed).isSorted().doesNotHaveDuplicates();
        assertThat(watched.getLast()).as("seed %d", seed).isEqualTo(version);
        RouteLookup cached = directory.cached(raced);
        if (cached != null) {
            assertThat(cached.version()).as("seed %d", seed).isEqualTo(version);
        }
    }
}
