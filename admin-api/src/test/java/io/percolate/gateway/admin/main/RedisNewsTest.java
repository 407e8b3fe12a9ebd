package io.percolate.gateway.admin.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.admin.testing.RunningManagement;
import io.percolate.gateway.fixtures.RedisFixture;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.directory.DirectoryConfig;
import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.invalidation.Gap;
import io.percolate.gateway.routing.invalidation.NewsConfig;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.redis.RedisConfig;
import io.percolate.gateway.routing.redis.SecondLevel;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Changes of the management process, heard by a gateway that does not listen to PostgreSQL. */
class RedisNewsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void changesReachGatewaysByRedis() {
        Map<String, String> redis = Map.of(
                "GATEWAY_REDIS_URL",
                RedisFixture.shared(),
                "GATEWAY_REDIS_SEAL_SECRET",
                "0123456789abcdef0123456789abcdef",
                "GATEWAY_REDIS_PREFIX",
                "management-" + UUID.randomUUID(),
                "GATEWAY_REDIS_DEADLINE",
                "1s");
        String[] settings = redis.entrySet().stream()
                .flatMap(entry -> Stream.of(entry.getKey(), entry.getValue()))
                .toArray(String[]::new);
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        SecondLevel level =
                SecondLevel.open(RedisConfig.read(new ConfigReader(ConfigSource.of(redis))), meters, Clock.systemUTC());
        try (RunningManagement management = RunningManagement.start(settings)) {
            TenantId tenant = TenantId.of(management.newTenant("C"));
            ConfigReader reader = new ConfigReader(ConfigSource.of(
                    Map.of("MANAGEMENT_DB_URL", management.database().url(), "GATEWAY_ROUTES_REVALIDATE_AFTER", "5m")));
            ManagementDatabase database = ManagementDatabase.open(DatabaseConfig.read(reader), "deaf", meters);
            PostgresRouteDirectory deaf =
                    new PostgresRouteDirectory(database, level.routes(), DirectoryConfig.read(reader), meters);
            try {
                // Which database this is; then it hears nothing more of PostgreSQL.
                level.follower(deaf, NewsConfig.read(reader))
                        .catchUp(database, new Gap.Unknown())
                        .block(PATIENCE);
                level.listen(deaf);
                assertThat(deaf.lookup(tenant).block(PATIENCE)).isInstanceOf(RouteLookup.Known.class);

                // Until it has subscribed.
                Tier[] tier = {Tier.C};
                await().atMost(PATIENCE).pollInterval(Duration.ofMillis(300)).until(() -> {
                    if (tier[0] != Tier.C
                            && deaf.cached(tenant) instanceof RouteLookup.Known known
                            && known.route().tier() == tier[0]) {
                        return true;
                    }
                    tier[0] = tier[0] == Tier.A ? Tier.B : Tier.A;
                    management.api().patch("/v1/tenants/" + tenant, "{\"tier\": \"" + tier[0] + "\"}");
                    return false;
                });
            } finally {
                deaf.close();
                database.close().block(PATIENCE);
            }
        } finally {
            level.close().block(PATIENCE);
        }
    }
}
