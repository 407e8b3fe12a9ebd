package io.percolate.gateway.admin.scaling.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.percolate.gateway.admin.scaling.FleetScaling;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of tiers and their pods while the API server is not well. */
class ApiFaultsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static TestCluster cluster;
    private static TestDatabase database;
    private static ManagementDatabase connections;

    private ScalingScene scene;
    private FleetScaling process;

    @BeforeAll
    static void start() {
        cluster = new TestCluster();
        database = PostgresFixture.freshDatabase();
        connections = ScalingScene.connections(database);
    }

    @AfterAll
    static void stop() {
        cluster.close();
        connections.close().block(PATIENCE);
        database.close();
    }

    @BeforeEach
    void open() {
        scene = new ScalingScene(cluster, database, connections);
        process = scene.process();
    }

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    void aConflictIsReadAnewAndWrittenAgain() {
        cluster.deployment(scene.namespace(), 0);
        scene.waiting(1);
        cluster.mock().fail(HttpMethod.PUT, "/scale", 409, "");
        cluster.mock().fail(HttpMethod.PUT, "/scale", 409, "");

        scene.look(process);

        assertThat(cluster.replicas(scene.namespace())).isEqualTo(2);
        assertThat(scene.count("conflict")).isEqualTo(2);
        assertThat(scene.count("raised")).isEqualTo(1);
    }

    @Test
    void aThrottledCallIsRepeatedAfterTheTimeThatTheServerAskedFor() {
        cluster.deployment(scene.namespace(), 0);
        scene.waiting(1);
        cluster.mock().fail(HttpMethod.PUT, "/scale", 429, "1");

        scene.look(process);

        assertThat(cluster.mock().hasUnusedFaults()).isFalse();
        assertThat(cluster.replicas(scene.namespace())).isEqualTo(2);
    }

    @Test
    void aWatchThatBreaksOrExpiresLosesNoPod() {
        cluster.deployment(scene.namespace(), 3);
        cluster.pod(scene.namespace(), "tier-1", TestCluster.ready("10.0.0.1"));
        awaitLook(() ->
                scene.podStatus("tier-1").equals("ready") && cluster.mock().isWatched(scene.namespace()));
        int begun = cluster.mock().watchesBegun();

        cluster.mock().dropWatches();
        cluster.pod(scene.namespace(), "tier-2", TestCluster.ready("10.0.0.2"));
        awaitLook(() ->
                scene.podStatus("tier-2").equals("ready") && cluster.mock().isWatched(scene.namespace()));
        assertThat(cluster.mock().watchesBegun()).isGreaterThan(begun);

        int lists = cluster.mock().lists();
        cluster.mock().forgetWatches();
        cluster.client()
                .pods()
                .inNamespace(scene.namespace())
                .withName("tier-1")
                .withGracePeriod(0)
                .delete();
        cluster.pod(scene.namespace(), "tier-3", TestCluster.ready("10.0.0.3"));
        awaitLook(() -> scene.podStatus("tier-3").equals("ready")
                && scene.podStatus("tier-1").equals("draining"));
        assertThat(cluster.mock().lists()).isGreaterThan(lists);
    }

    @Test
    void whileTheApiIsAwayTheTableIsWhatCountsAndThoseThatWaitAreToldInTheEnd() {
        cluster.deployment(scene.namespace(), 1);
        cluster.pod(scene.namespace(), "tier-1", TestCluster.ready("10.0.0.1"));
        awaitLook(() -> scene.podStatus("tier-1").equals("ready"));
        scene.hot("tier-1", 4);
        cluster.mock().away(true);
        try {
            scene.sql("UPDATE pods SET heartbeat_at = now() - interval '3 seconds'");
            FleetScaling other = scene.process("GATEWAY_KUBERNETES_CALL_TIMEOUT", "1s");
            scene.look(other);
            assertThat(scene.podStatus("tier-1")).isEqualTo("ready");
            assertThat(scene.value("SELECT heartbeat_at > now() - interval '2 seconds' FROM pods"))
                    .isEqualTo("t");

            scene.waiting(1);
            scene.look(other);
            assertThat(scene.state()).isNotEqualTo("refused api_unavailable");
            scene.later(Duration.ofSeconds(6));
            scene.look(other);
            assertThat(scene.state()).isEqualTo("refused api_unavailable");
        } finally {
            cluster.mock().away(false);
        }
        awaitLook(() -> scene.state().equals("growing"));
        assertThat(cluster.replicas(scene.namespace())).isEqualTo(2);
    }

    private void awaitLook(Callable<Boolean> condition) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> {
            scene.look(process);
            return condition.call();
        });
    }
}
