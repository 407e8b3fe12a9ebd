package io.percolate.gateway.routing.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.RedisFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.directory.DirectoryConfig;
import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.invalidation.NewsConfig;
import io.percolate.gateway.routing.invalidation.NewsFollower;
import io.percolate.gateway.routing.invalidation.RoutingNews;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.stack.Settings;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Directories of several gateways over one PostgreSQL and one Redis. */
class SecondLevelTest {
    private final String prefix = "level-" + UUID.randomUUID();

    @Test
    void redisTellsWhoDoesNotHearPostgresAndServesWhoStartsWithoutIt() {
        try (PostgresServer server = PostgresServer.start()) {
            server.migrate();
            TestDatabase postgres = server.database();
            TenantId tenant = Tenants.insert(postgres, "C");
            TenantId woken = Tenants.insert(postgres, "C");
            try (Node hearing = new Node(postgres);
                    Node deaf = new Node(postgres)) {
                hearing.news.start();
                await().atMost(RedisNode.PATIENCE)
                        .until(() -> hearing.news.status().connected());
                assertThat(hearing.route(tenant).tier()).isEqualTo(Tier.C);
                assertThat(deaf.route(tenant).tier()).isEqualTo(Tier.C);

                // The deaf one subscribes in the background: the tier is changed again until it has heard.
                String[] tier = {"C"};
                await().atMost(RedisNode.PATIENCE)
                        .pollInterval(Duration.ofMillis(500))
                        .until(() -> {
                            if (!tier[0].equals("C") && deaf.cachedTier(tenant) == Tier.valueOf(tier[0])) {
                                return true;
                            }
                            tier[0] = tier[0].equals("A") ? "B" : "A";
                            Tenants.setTier(postgres, tenant, tier[0]);
                            return false;
                        });

                // What a gateway has itself brought about is shared once it hears that nothing is newer. The deaf one
                // does not know which database this is, and puts nothing.
                TenantRoute learned = deaf.route(woken);
                assertThat(hearing.sharedVersion(woken)).isEqualTo(-1);
                hearing.directory.learn(learned);
                hearing.follower.received(encoded(woken) + ":" + learned.version());
                await().atMost(RedisNode.PATIENCE).until(() -> hearing.sharedVersion(woken) == learned.version());
            }

            server.stop();

            try (Node starting = new Node(postgres)) {
                await().atMost(RedisNode.PATIENCE)
                        .until(() -> starting.level.status().orElseThrow().up());
                assertThat(starting.route(woken).tier()).isEqualTo(Tier.C);
                assertThat(starting.directory.explain(woken))
                        .isNotNull()
                        .satisfies(why -> assertThat(why.stale()).contains("second level"));
            }
        }
    }

    /** As notifications name a tenant. */
    private static String encoded(TenantId tenant) {
        UUID id = tenant.value();
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(ByteBuffer.allocate(16)
                        .putLong(id.getMostSignificantBits())
                        .putLong(id.getLeastSignificantBits())
                        .array());
    }

    private final class Node implements AutoCloseable {
        final SimpleMeterRegistry meters = new SimpleMeterRegistry();
        final ManagementDatabase database;
        final SecondLevel level;
        final PostgresRouteDirectory directory;
        final NewsFollower follower;
        final RoutingNews news;

        Node(TestDatabase postgres) {
            database = ManagementDatabase.open(
                    Settings.read(
                            DatabaseConfig::read,
                            "MANAGEMENT_DB_URL",
                            postgres.url(),
                            "GATEWAY_DB_POOL_MIN",
                            "0",
                            "GATEWAY_DB_STATEMENT_TIMEOUT",
                            "5s"),
                    "second-level",
                    meters);
            level = SecondLevel.open(
                    Settings.read(
                            RedisConfig::read,
                            "GATEWAY_REDIS_URL",
                            RedisFixture.shared(),
                            "GATEWAY_REDIS_SEAL_SECRET",
                            RedisNode.SEAL,
                            "GATEWAY_REDIS_PREFIX",
                            prefix,
                            "GATEWAY_REDIS_DEADLINE",
                            "1s"),
                    meters,
                    Clock.systemUTC());
            directory = new PostgresRouteDirectory(
                    database,
                    level.routes(),
                    Settings.read(
                            DirectoryConfig::read,
                            "GATEWAY_ROUTES_LOAD_TIMEOUT",
                            "5s",
                            // Nobody looks again by himself.
                            "GATEWAY_ROUTES_REVALIDATE_AFTER",
                            "5m"),
                    meters);
            level.listen(directory);
            NewsConfig config = Settings.read(NewsConfig::read);
            follower = level.follower(directory, config);
            news = new RoutingNews(database, config, List.of(follower), meters);
        }

        TenantRoute route(TenantId tenant) {
            RouteLookup lookup =
                    directory.lookup(tenant).blockOptional(RedisNode.PATIENCE).orElseThrow();
            assertThat(lookup).isInstanceOf(RouteLookup.Known.class);
            return ((RouteLookup.Known) lookup).route();
        }

        @Nullable
        Tier cachedTier(TenantId tenant) {
            return directory.cached(tenant) instanceof RouteLookup.Known known
                    ? known.route().tier()
                    : null;
        }

        long sharedVersion(TenantId tenant) {
            return level.routes().find(List.of(tenant)).blockOptional(RedisNode.PATIENCE).orElseThrow().stream()
                    .mapToLong(shared -> shared.lookup().version())
                    .findFirst()
                    .orElse(-1);
        }

        @Override
        public void close() {
            news.close();
            directory.close();
            level.close().block(RedisNode.PATIENCE);
            database.close().block(RedisNode.PATIENCE);
        }
    }
}
