package io.percolate.gateway.routing.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.invalidation.NewsConfig;
import io.percolate.gateway.routing.invalidation.RoutingNews;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.stack.Settings;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With nothing read anew but after news. */
class LiveTopologyTest {
    private static final int HEARTBEATS = 20;

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration NEVER = Duration.ofHours(1);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private TestDatabase postgres;
    private ManagementDatabase database;
    private LiveTopology live;
    private RoutingNews news;

    @BeforeEach
    void start() {
        postgres = PostgresFixture.freshDatabase();
        database = ManagementDatabase.open(
                Settings.read(DatabaseConfig::read, "MANAGEMENT_DB_URL", postgres.url(), "GATEWAY_DB_POOL_MIN", "0"),
                "topology",
                meters);
        live = new LiveTopology(database, new TopologyConfig(NEVER, Duration.ofMinutes(1)), meters);
        live.start();
        news = new RoutingNews(database, Settings.read(NewsConfig::read), List.of(live), meters);
        news.start();
        await().atMost(PATIENCE).until(() -> live.isLoaded() && news.status().connected());
    }

    @AfterEach
    void stop() {
        news.close();
        live.close();
        database.close().block(PATIENCE);
        postgres.close();
    }

    @Test
    void followsShardsTheirPodsAndRegions() {
        postgres.execute("""
                INSERT INTO regions (id, gateway_url) VALUES ('eu', 'http://10.0.0.1:8080'), ('us', 'nonsense');
                INSERT INTO shards (id, shard_group, weight, region) VALUES ('a', 'g', 1, 'eu'), ('b', 'g', 3, 'us');
                INSERT INTO pods (id, tier, host, port, capacity, shard_id, version_label) VALUES
                    ('a-1', 'C', '10.1.0.1', 8000, 1, 'a', 'v1'), ('a-2', 'C', '10.1.0.2', 8000, 1, 'a', 'v2'),
                    ('loose', 'C', '10.1.0.3', 8000, 1, NULL, NULL);
                """);
        Topology topology = awaited(now -> hasPods(now, "a"));
        ShardGroup group = Objects.requireNonNull(topology.group("g"));
        assertThat(group.generation()).isEqualTo(2);
        assertThat(group.table().nodes()).hasSize(2);
        Shard shard = Objects.requireNonNull(topology.shard("a"));
        for (long key = 0; key < 50; key++) {
            assertThat(podOf(shard, KeyHash.mix(key), true)).isEqualTo("a-2");
            assertThat(podOf(shard, KeyHash.mix(key), false)).isEqualTo("a-1");
        }
        assertThat(shard.pod(Tier.A, 0, null, false)).isNull();
        assertThat(region(topology, "eu").gateway()).hasToString("http://10.0.0.1:8080");
        assertThat(region(topology, "us").gateway()).isNull();

        postgres.execute("UPDATE shards SET status = 'draining' WHERE id = 'b'");
        assertThat(group(awaited(now -> group(now).generation() == 3)).table().nodes())
                .hasSize(1);

        postgres.execute("UPDATE pods SET status = 'draining' WHERE id = 'a-2'");
        awaited(now -> podOf(shard(now, "a"), 0, true).equals("a-1"));

        postgres.execute("UPDATE regions SET failed_over = TRUE, replica_region = 'us' WHERE id = 'eu'");
        assertThat(awaited(now -> region(now, "eu").failedOver()).serving("eu")).isEqualTo("us");
        postgres.execute("UPDATE regions SET failed_over = TRUE, replica_region = 'eu' WHERE id = 'us'");
        assertThat(awaited(now -> region(now, "us").failedOver()).serving("eu"))
                .as("regions that stand in for each other")
                .isEqualTo("eu");
    }

    @Test
    void heartbeatsOfPodsAreNoNews() {
        postgres.execute("""
                INSERT INTO shards (id, shard_group) VALUES ('a', 'g');
                INSERT INTO pods (id, tier, host, port, capacity, shard_id) VALUES ('a-1', 'C', 'h', 1, 1, 'a');
                """);
        awaited(now -> hasPods(now, "a"));
        double readings = meters.get("router.topology.readings").counter().count();

        for (int beat = 0; beat < HEARTBEATS; beat++) {
            postgres.execute("UPDATE pods SET heartbeat_at = now(), memory_mb = 7");
        }
        postgres.execute("INSERT INTO shards (id, shard_group) VALUES ('b', 'g')");
        awaited(now -> now.shard("b") != null);

        // A few for the shard, its group, and the reading that is due now and then.
        assertThat(meters.get("router.topology.readings").counter().count() - readings)
                .isBetween(1.0, HEARTBEATS / 2.0);
    }

    private static boolean hasPods(Topology topology, String id) {
        Shard shard = topology.shard(id);
        return shard != null && shard.pod(Tier.C, 0, null, false) != null;
    }

    private static Shard shard(Topology topology, String id) {
        return Objects.requireNonNull(topology.shard(id));
    }

    private static ShardGroup group(Topology topology) {
        return Objects.requireNonNull(topology.group("g"));
    }

    private static Region region(Topology topology, String id) {
        return Objects.requireNonNull(topology.region(id));
    }

    private static String podOf(Shard shard, long key, boolean preferred) {
        return Objects.requireNonNull(shard.pod(Tier.C, key, "v2", preferred))
                .id()
                .value();
    }

    private Topology awaited(Predicate<Topology> condition) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> condition.test(live.current()));
        return live.current();
    }
}
