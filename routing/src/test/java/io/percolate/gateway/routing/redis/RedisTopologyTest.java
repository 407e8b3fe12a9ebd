package io.percolate.gateway.routing.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import io.percolate.gateway.fixtures.RedisServer;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One Redis behind sentinels, and several in a cluster. */
class RedisTopologyTest {
    private static final int SLOTS = 16_384;

    @Test
    void theNodesOfAClusterShareTheRoutes() {
        try (RedisServer a = RedisServer.start("--cluster-enabled", "yes", "--cluster-config-file", "a.conf");
                RedisServer b = RedisServer.start("--cluster-enabled", "yes", "--cluster-config-file", "b.conf")) {
            run(a, redis -> redis.clusterAddSlots(IntStream.range(0, SLOTS / 2).toArray()));
            run(
                    b,
                    redis -> redis.clusterAddSlots(
                            IntStream.range(SLOTS / 2, SLOTS).toArray()));
            run(a, redis -> redis.clusterMeet("127.0.0.1", b.port()));
            Stream.of(a, b)
                    .forEach(node -> await().atMost(Duration.ofSeconds(30)).until(() -> {
                        boolean[] ready = {false};
                        run(
                                node,
                                redis -> ready[0] = redis.clusterInfo().contains("cluster_state:ok")
                                        && redis.clusterInfo().contains("cluster_known_nodes:2"));
                        return ready[0];
                    }));
            try (RedisNode node =
                    RedisNode.start("redis-cluster://127.0.0.1:" + a.port() + ",127.0.0.1:" + b.port(), "test")) {
                List<TenantId> tenants =
                        Stream.generate(Tenants::fresh).limit(64).toList();
                HeardChanges heard = new HeardChanges();
                node.routes.listen(heard);

                // The connections to the nodes are made when they are first needed, and commands do not wait for them.
                await().atMost(RedisNode.PATIENCE).untilAsserted(() -> {
                    tenants.forEach(tenant -> node.offer(Samples.cold(tenant, 7)));
                    assertThat(node.find(tenants.toArray(TenantId[]::new))).hasSize(64);
                });

                long[] version = {7};
                await().atMost(RedisNode.PATIENCE)
                        .pollInterval(Duration.ofMillis(50))
                        .until(() -> {
                            version[0]++;
                            tenants.forEach(tenant -> node.routes.changed(tenant, version[0]));
                            return tenants.stream()
                                    .noneMatch(tenant -> heard.of(tenant).isEmpty());
                        });
                assertThat(node.find(tenants.toArray(TenantId[]::new))).isEmpty();
            }
        }
    }

    @Test
    void thePrimaryIsFoundThroughASentinel(@TempDir Path folder) throws IOException {
        try (RedisServer primary = RedisServer.start()) {
            Path configuration = Files.writeString(
                    folder.resolve("sentinel.conf"), "sentinel monitor primary 127.0.0.1 " + primary.port() + " 1\n");
            try (RedisServer sentinel = RedisServer.startSentinel(configuration);
                    RedisNode node =
                            RedisNode.start("redis-sentinel://127.0.0.1:" + sentinel.port() + "/0#primary", "test")) {
                TenantId tenant = Tenants.fresh();
                node.offer(Samples.cold(tenant, 7));

                assertThat(node.foundVersion(tenant)).isEqualTo(7);
            }
        }
    }

    @Test
    void theReplicaThatSentinelsPromoteIsFollowed(@TempDir Path folder) throws IOException {
        try (RedisServer primary = RedisServer.start();
                RedisServer replica = RedisServer.start("--replicaof", "127.0.0.1", Integer.toString(primary.port()))) {
            await().atMost(RedisNode.PATIENCE).until(() -> {
                boolean[] isFollowed = {false};
                run(primary, redis -> isFollowed[0] = redis.info("replication").contains("state=online"));
                return isFollowed[0];
            });
            Path configuration = Files.writeString(
                    folder.resolve("sentinel.conf"),
                    "sentinel monitor primary 127.0.0.1 " + primary.port() + " 1\n"
                            + "sentinel down-after-milliseconds primary 300\n"
                            + "sentinel failover-timeout primary 3000\n");
            try (RedisServer sentinel = RedisServer.startSentinel(configuration);
                    RedisNode node =
                            RedisNode.start("redis-sentinel://127.0.0.1:" + sentinel.port() + "/0#primary", "test")) {
                TenantId before = Tenants.fresh();
                TenantId after = Tenants.fresh();
                node.offer(Samples.cold(before, 7));
                assertThat(node.foundVersion(before)).isEqualTo(7);
                run(primary, redis -> redis.waitForReplication(1, 5_000));

                primary.stop();

                await().atMost(RedisNode.PATIENCE.multipliedBy(2)).untilAsserted(() -> {
                    node.offer(Samples.cold(after, 8));
                    assertThat(node.foundVersion(after)).isEqualTo(8);
                });
                assertThat(node.foundVersion(before)).isEqualTo(7);
                run(replica, redis -> {
                    assertThat(redis.info("replication")).contains("role:master");
                    return redis.ping();
                });
            }
        }
    }

    private interface Work {
        Object on(RedisCommands<String, String> redis);
    }

    private static void run(RedisServer server, Work work) {
        RedisClient client = RedisClient.create(server.url());
        try (var connection = client.connect()) {
            work.on(connection.sync());
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        }
    }
}
