package io.percolate.gateway.admin.scaling.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.percolate.gateway.admin.scaling.FleetScaling;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** Tiers in an API server: fabric8's mock, or a real one without controllers; see {@link TestCluster}. */
class FleetScalingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static TestCluster cluster;
    private static TestDatabase database;
    private static ManagementDatabase connections;

    private ScalingScene scene;

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
    }

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    void podsAreEnteredWhenTheyAreReadyBeatenWhileTheyAnswerAndGoneWhenTheyAreDeleted() {
        cluster.deployment(scene.namespace(), 2);
        cluster.pod(scene.namespace(), "tier-1", TestCluster.ready("10.0.0.1"));
        cluster.pod(
                scene.namespace(),
                "tier-2",
                new PodStatusBuilder().withPhase("Pending").build());
        FleetScaling process = scene.process();

        awaitLook(process, () -> scene.podStatus("tier-1").equals("ready"));
        assertThat(scene.value("SELECT host || ' ' || port || ' ' || capacity || ' ' || kept_by_cluster FROM pods"
                        + " WHERE id = 'tier-1'"))
                .isEqualTo("10.0.0.1 8000 4 true");
        assertThat(scene.podStatus("tier-2")).isEmpty();

        scene.sql("UPDATE pods SET heartbeat_at = now() - interval '1 minute'");
        scene.look(scene.process());
        assertThat(scene.value("SELECT heartbeat_at > now() - interval '30 seconds' FROM pods WHERE id = 'tier-1'"))
                .isEqualTo("t");

        cluster.client()
                .pods()
                .inNamespace(scene.namespace())
                .withName("tier-1")
                .withGracePeriod(0)
                .delete();
        awaitLook(process, () -> scene.podStatus("tier-1").equals("draining"));
        scene.sql("UPDATE pods SET heartbeat_at = now() - interval '1 minute'");
        awaitLook(process, () -> scene.podStatus("tier-1").equals("gone"));
    }

    @Test
    void aPodThatRegistersItselfIsOnlyMarked() {
        cluster.deployment(scene.namespace(), 1);
        scene.sql("INSERT INTO pods (id, tier, host, port, capacity, heartbeat_at)"
                + " VALUES ('tier-1', 'A', 'own.host', 9, 7, now() - interval '5 seconds')");
        cluster.pod(scene.namespace(), "tier-1", TestCluster.ready("10.0.0.1"));

        awaitLook(
                scene.process(), () -> !scene.value("SELECT workload FROM pods").equals("null"));

        assertThat(scene.value("SELECT concat_ws(' ', host, port, capacity, kept_by_cluster, workload,"
                        + " heartbeat_at < now() - interval '4 seconds') FROM pods"))
                .isEqualTo("own.host 9 7 f " + scene.namespace() + "/deployment/tier t");
    }

    @Test
    void whoeverLooksAtTheSameTimeRaisesOnceByWhatIsNeeded() {
        cluster.deployment(scene.namespace(), 2);
        List<FleetScaling> processes =
                IntStream.range(0, 4).mapToObj(i -> scene.process()).toList();
        fullPods(processes.getFirst(), 2);
        scene.waiting(9);

        Flux.fromIterable(processes).flatMap(FleetScaling::look, 4).blockLast(PATIENCE);
        Flux.fromIterable(processes).flatMap(FleetScaling::look, 4).blockLast(PATIENCE);

        // Nine places are three pods of four.
        assertThat(cluster.replicas(scene.namespace())).isEqualTo(5);
        assertThat(scene.state()).isEqualTo("growing");
        assertThat(scene.count("raised")).isEqualTo(1);
    }

    @Test
    void whatAnAutoscalerHasRaisedMeanwhileIsNotRaisedAgainNorEverLowered() {
        cluster.deployment(scene.namespace(), 9);
        FleetScaling process = scene.process();
        fullPods(process, 2);
        scene.waiting(9);

        scene.look(process);
        scene.sql("TRUNCATE tenants CASCADE");
        scene.look(process);

        assertThat(cluster.replicas(scene.namespace())).isEqualTo(9);
        assertThat(scene.value("SELECT state FROM tier_scaling")).isEqualTo("steady");
    }

    @Test
    void fromZeroToTheLeastOfTheTier() {
        cluster.deployment(scene.namespace(), 0);
        scene.waiting(1);

        scene.look(scene.process());

        assertThat(cluster.replicas(scene.namespace())).isEqualTo(2);
        assertThat(scene.state()).isEqualTo("growing");
    }

    @Test
    void aTierThatNobodyUsesGoesToZeroOnceItsDisksAreEmptyAndComesBackForTheFirstWake() {
        cluster.deployment(scene.namespace(), 1);
        FleetScaling process = scene.process("GATEWAY_KUBERNETES_ZERO_AFTER_A", "1m");
        cluster.pod(scene.namespace(), "tier-1", TestCluster.ready("10.0.0.1"));
        awaitLook(process, () -> scene.podStatus("tier-1").equals("ready"));
        String warm = scene.tenant();
        scene.sql("UPDATE tenant_states SET state = 'warm', epoch = 1, pod_id = 'tier-1' WHERE tenant_id = '" + warm
                + "'");

        scene.look(process);
        assertThat(cluster.replicas(scene.namespace())).isEqualTo(1);
        scene.sql("UPDATE tier_scaling SET idle_since = now() - interval '2 minutes'");
        scene.look(process);
        assertThat(scene.sentToCold())
                .extracting(tenant -> tenant.tenant().toString())
                .containsExactly(warm);
        assertThat(cluster.replicas(scene.namespace())).isEqualTo(1);
        scene.look(process);
        assertThat(cluster.replicas(scene.namespace())).isZero();
        assertThat(scene.podStatus("tier-1")).isEqualTo("draining");

        scene.waiting(1);
        scene.look(process);
        awaitLook(
                process,
                () -> cluster.replicas(scene.namespace()) == 2
                        || scene.podStatus("tier-1").equals("ready"));
    }

    @Test
    void aTierIsNotShrunkUnderATenantThatIsInOneOfItsPods() {
        cluster.deployment(scene.namespace(), 1);
        FleetScaling process = scene.process("GATEWAY_KUBERNETES_ZERO_AFTER_A", "1m");
        fullPods(process, 1);
        scene.look(process);
        scene.sql("UPDATE tier_scaling SET idle_since = now() - interval '2 minutes'");

        scene.look(process);

        assertThat(cluster.replicas(scene.namespace())).isEqualTo(1);
        assertThat(scene.value("SELECT idle_since IS NULL FROM tier_scaling")).isEqualTo("t");
    }

    @Test
    void whyThereWillBeNoPodIsTold() {
        cluster.deployment(scene.namespace(), 2);
        FleetScaling process = scene.process();
        fullPods(process, 2);
        scene.waiting(1);

        scene.look(scene.process("GATEWAY_KUBERNETES_REPLICAS_MAX_A", "2"));
        assertThat(scene.state()).isEqualTo("refused max_replicas");

        scene.look(scene.process(cluster.ofNobody()));
        assertThat(scene.state()).isEqualTo("refused denied");

        scene.look(scene.process("GATEWAY_KUBERNETES_WORKLOAD_A", "deployment/missing"));
        assertThat(scene.state()).isEqualTo("refused workload_missing");

        scene.look(process);
        assertThat(scene.state()).isEqualTo("growing");
        createFailure("pods \"tier-3\" is forbidden: exceeded quota: few, requested: pods=1, used: pods=2");
        scene.look(process);
        assertThat(scene.state()).isEqualTo("refused quota");
        assertThat(scene.value("SELECT detail FROM tier_scaling")).contains("exceeded quota: few");
        assertThat(scene.value("SELECT client_text FROM tier_scaling"))
                .isEqualTo("tier A gets no further pod: the cluster's quota is used up");

        cluster.pod(scene.namespace(), "tier-3", waitingContainer("ImagePullBackOff"));
        createFailure(null);
        awaitLook(process, () -> scene.state().equals("refused image_pull"));
        cluster.client()
                .pods()
                .inNamespace(scene.namespace())
                .withName("tier-3")
                .withGracePeriod(0)
                .delete();
        cluster.pod(scene.namespace(), "tier-4", unschedulable());
        awaitLook(process, () -> scene.state().equals("refused unschedulable"));

        // Nothing of this was answered by asking for more and more.
        assertThat(cluster.replicas(scene.namespace())).isEqualTo(3);
    }

    @Test
    void nobodyIsRefusedWhereTheLifeCycleCanMakeRoom() {
        cluster.deployment(scene.namespace(), 1);
        FleetScaling process =
                scene.process("GATEWAY_KUBERNETES_REPLICAS_MAX_A", "1", "GATEWAY_KUBERNETES_REPLICAS_MIN_A", "1");
        fullPods(process, 1);
        scene.sql("UPDATE tenant_states SET last_access_at = now() - interval '5 minutes'");
        scene.waiting(1);

        scene.look(process);

        assertThat(scene.state()).isNotEqualTo("refused max_replicas");
    }

    @Test
    void aStatefulSetTellsOfItsQuotaByEventsAndItsPodsReturn() {
        cluster.statefulSet(scene.namespace(), 1);
        FleetScaling process = scene.process("GATEWAY_KUBERNETES_WORKLOAD_A", "statefulset/tier");
        cluster.pod(scene.namespace(), "tier-0", TestCluster.ready("10.0.0.1"));
        awaitLook(process, () -> scene.podStatus("tier-0").equals("ready"));

        cluster.client()
                .pods()
                .inNamespace(scene.namespace())
                .withName("tier-0")
                .withGracePeriod(0)
                .delete();
        awaitLook(process, () -> scene.podStatus("tier-0").equals("draining"));
        scene.sql("UPDATE pods SET heartbeat_at = now() - interval '1 minute'");
        scene.look(process);
        assertThat(scene.podStatus("tier-0")).isEqualTo("draining");

        cluster.client()
                .v1()
                .events()
                .inNamespace(scene.namespace())
                .resource(new EventBuilder()
                        .withNewMetadata()
                        .withName("tier.1")
                        .endMetadata()
                        .withReason("FailedCreate")
                        .withType("Warning")
                        .withLastTimestamp(Instant.now().toString())
                        .withInvolvedObject(new ObjectReferenceBuilder()
                                .withKind("StatefulSet")
                                .withName("tier")
                                .withNamespace(scene.namespace())
                                .build())
                        .withMessage("create Pod tier-0 in StatefulSet tier failed: exceeded quota: few")
                        .build())
                .create();
        scene.waiting(1);
        awaitLook(process, () -> scene.state().equals("refused quota"));

        cluster.pod(scene.namespace(), "tier-0", TestCluster.ready("10.0.0.9"));
        awaitLook(process, () -> scene.podStatus("tier-0").equals("ready"));
        assertThat(scene.value("SELECT host FROM pods WHERE id = 'tier-0'")).isEqualTo("10.0.0.9");
    }

    /** Pods of the deployment, each with as many tenants as it takes. */
    private void fullPods(FleetScaling process, int count) {
        for (int i = 0; i < count; i++) {
            cluster.pod(scene.namespace(), "tier-" + i, TestCluster.ready("10.0.0." + i));
        }
        awaitLook(
                process,
                () -> scene.value("SELECT count(*) FROM pods WHERE status = 'ready'")
                        .equals(String.valueOf(count)));
        for (int i = 0; i < count; i++) {
            scene.hot("tier-" + i, 4);
        }
    }

    private void awaitLook(FleetScaling process, java.util.concurrent.Callable<Boolean> condition) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> {
            scene.look(process);
            return condition.call();
        });
    }

    /** What the replica set's controller reports; null: no more. */
    private void createFailure(@org.jspecify.annotations.Nullable String message) {
        var deployments = cluster.client().apps().deployments().inNamespace(scene.namespace());
        var deployment = deployments.withName("tier").get().edit();
        deployments
                .resource((message == null
                                ? deployment.withNewStatus().endStatus()
                                : deployment
                                        .withNewStatus()
                                        .addNewCondition()
                                        .withType("ReplicaFailure")
                                        .withStatus("True")
                                        .withReason("FailedCreate")
                                        .withMessage(message)
                                        .endCondition()
                                        .endStatus())
                        .build())
                .updateStatus();
    }

    private static PodStatus waitingContainer(String reason) {
        return new PodStatusBuilder()
                .withPhase("Pending")
                .addNewContainerStatus()
                .withName("pod")
                .withImage("percolate:latest")
                .withImageID("")
                .withReady(false)
                .withRestartCount(0)
                .withNewState()
                .withNewWaiting()
                .withReason(reason)
                .withMessage("Back-off pulling image")
                .endWaiting()
                .endState()
                .endContainerStatus()
                .build();
    }

    private static PodStatus unschedulable() {
        return new PodStatusBuilder()
                .withPhase("Pending")
                .addNewCondition()
                .withType("PodScheduled")
                .withStatus("False")
                .withReason("Unschedulable")
                .withMessage("0/3 nodes are available: 3 Insufficient cpu.")
                .withLastTransitionTime(Instant.now().minusSeconds(60).toString())
                .endCondition()
                .build();
    }
}
