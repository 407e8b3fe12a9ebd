package io.percolate.gateway.admin.scaling.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.authorization.v1.LocalSubjectAccessReviewBuilder;
import io.percolate.gateway.admin.scaling.FleetScaling;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Scaling with the rights of {@code k8s/components/scaling/rbac.yaml} and no others; a real API server alone checks them. */
class GrantedRightsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Path RIGHTS = Path.of("../k8s/components/scaling/rbac.yaml");
    private static final String ACCOUNT = "percolate-management";
    private static final String WORKLOAD = "percolate-tier-a";

    private static TestCluster cluster;
    private static TestDatabase database;
    private static ManagementDatabase connections;

    @BeforeAll
    static void start() {
        TestCluster.mustBeReal();
        cluster = new TestCluster();
        database = PostgresFixture.freshDatabase();
        connections = ScalingScene.connections(database);
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
            connections.close().block(PATIENCE);
            database.close();
        }
    }

    @Test
    void theAccountOfTheManagementProcessFindsPodsRaisesReadsWhyNotAndScalesToZero() throws IOException {
        try (ScalingScene scene = new ScalingScene(cluster, database, connections)) {
            cluster.statefulSet(scene.namespace(), WORKLOAD, 1);
            FleetScaling refused = process(scene);
            scene.waiting(9);
            awaitLook(scene, refused, () -> scene.state().equals("refused denied"));

            grant(scene.namespace());
            FleetScaling process = process(scene);
            cluster.pod(scene.namespace(), WORKLOAD + "-0", TestCluster.ready("10.0.0.1"));
            awaitLook(scene, process, () -> scene.podStatus(WORKLOAD + "-0").equals("ready"));
            scene.hot(WORKLOAD + "-0", 4);
            awaitLook(scene, process, () -> replicas(scene.namespace()) > 1);

            assertThat(may(scene.namespace(), "get", "", "secrets")).isFalse();
            assertThat(may(scene.namespace(), "delete", "", "pods")).isFalse();
            assertThat(may(scene.namespace(), "update", "apps", "statefulsets")).isFalse();
        }
    }

    private static FleetScaling process(ScalingScene scene) {
        return scene.process(
                cluster.ofAccount(scene.namespace(), ACCOUNT),
                "GATEWAY_KUBERNETES_WORKLOAD_A",
                "statefulset/" + WORKLOAD);
    }

    private static void grant(String namespace) throws IOException {
        try (InputStream rights = Files.newInputStream(RIGHTS)) {
            for (HasMetadata right : cluster.client().load(rights).items()) {
                // The overlays set the account's namespace; here it is the test's own.
                if (right instanceof io.fabric8.kubernetes.api.model.rbac.RoleBinding binding) {
                    binding.getSubjects().forEach(subject -> subject.setNamespace(namespace));
                }
                cluster.client().resource(right).inNamespace(namespace).create();
            }
        }
    }

    private static int replicas(String namespace) {
        return cluster.client()
                .apps()
                .statefulSets()
                .inNamespace(namespace)
                .withName(WORKLOAD)
                .get()
                .getSpec()
                .getReplicas();
    }

    private static boolean may(String namespace, String verb, String group, String resource) {
        return cluster.client()
                .authorization()
                .v1()
                .localSubjectAccessReview()
                .inNamespace(namespace)
                .create(new LocalSubjectAccessReviewBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .withUser("system:serviceaccount:" + namespace + ":" + ACCOUNT)
                        .withNewResourceAttributes()
                        .withNamespace(namespace)
                        .withVerb(verb)
                        .withGroup(group)
                        .withResource(resource)
                        .endResourceAttributes()
                        .endSpec()
                        .build())
                .getStatus()
                .getAllowed();
    }

    private static void awaitLook(ScalingScene scene, FleetScaling process, Callable<Boolean> condition) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> {
            scene.look(process);
            return condition.call();
        });
    }
}
