package io.percolate.gateway.admin.scaling.kubernetes;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An API server for tests: fabric8's mock, or a real one, by the kubeconfig that {@code PERCOLATE_TEST_KUBECONFIG} names.
 * Of a real one an API server without controllers is meant (envtest, or kwok): the tests play the controllers.
 */
final class TestCluster implements AutoCloseable {
    static final String KUBECONFIG = "PERCOLATE_TEST_KUBECONFIG";

    static final KubernetesSerialization SERIALIZATION = KubernetesApi.serialization();

    private final @Nullable MockApi mock;
    private final Config config;
    private final KubernetesClient client;

    TestCluster() {
        String kubeconfig = System.getenv(KUBECONFIG);
        if (kubeconfig == null) {
            MockApi made = new MockApi();
            mock = made;
            config = new ConfigBuilder(Config.empty()).withMasterUrl(made.url()).build();
        } else {
            mock = null;
            config = Config.fromKubeconfig(new File(kubeconfig));
        }
        client = new KubernetesClientBuilder()
                .withConfig(config)
                .withKubernetesSerialization(SERIALIZATION)
                .build();
    }

    /** For tests of faults, which no real server commits on demand: with a kubeconfig, and only then, they are left out. */
    MockApi mock() {
        MockApi made = mock;
        assumeTrue(made != null, KUBECONFIG + " is set: faults are committed by the mock alone");
        return Objects.requireNonNull(made);
    }

    Config config() {
        return config;
    }

    /** For tests of what only a real server does: without a kubeconfig they are left out. */
    static void mustBeReal() {
        assumeTrue(System.getenv(KUBECONFIG) != null, KUBECONFIG + " is not set: the mock checks no rights");
    }

    /** As that service account, with its rights and no others. */
    Config ofAccount(String namespace, String account) {
        return new ConfigBuilder(config)
                .withImpersonateUsername("system:serviceaccount:" + namespace + ":" + account)
                .withImpersonateGroups(
                        "system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated")
                .build();
    }

    Config ofNobody() {
        return new ConfigBuilder(config).withImpersonateUsername(MockApi.NOBODY).build();
    }

    /** A file by which this server is reached, written into the folder if there is none. */
    Path kubeconfig(Path folder) throws IOException {
        String given = System.getenv(KUBECONFIG);
        if (given != null) {
            return Path.of(given);
        }
        return Files.writeString(folder.resolve("kubeconfig"), """
                apiVersion: v1
                kind: Config
                clusters: [{name: mock, cluster: {server: "%s"}}]
                users: [{name: tests, user: {token: none}}]
                contexts: [{name: mock, context: {cluster: mock, user: tests}}]
                current-context: mock
                """.formatted(mock().url()));
    }

    KubernetesClient client() {
        return client;
    }

    String newNamespace() {
        String name = "percolate-" + UUID.randomUUID();
        client.namespaces()
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
        return name;
    }

    void deployment(String namespace, int replicas) {
        client.apps()
                .deployments()
                .inNamespace(namespace)
                .resource(new DeploymentBuilder()
                        .withNewMetadata()
                        .withName("tier")
                        .endMetadata()
                        .withNewSpec()
                        .withReplicas(replicas)
                        .withSelector(new LabelSelectorBuilder()
                                .addToMatchLabels("app", "tier")
                                .build())
                        .withTemplate(template())
                        .endSpec()
                        .build())
                .create();
    }

    void statefulSet(String namespace, int replicas) {
        statefulSet(namespace, "tier", replicas);
    }

    void statefulSet(String namespace, String name, int replicas) {
        client.apps()
                .statefulSets()
                .inNamespace(namespace)
                .resource(new StatefulSetBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withNewSpec()
                        .withReplicas(replicas)
                        .withServiceName("tier")
                        .withSelector(new LabelSelectorBuilder()
                                .addToMatchLabels("app", "tier")
                                .build())
                        .withTemplate(template())
                        .endSpec()
                        .build())
                .create();
    }

    int replicas(String namespace) {
        return client.apps()
                .deployments()
                .inNamespace(namespace)
                .withName("tier")
                .get()
                .getSpec()
                .getReplicas();
    }

    /** A pod as the workload's controller makes it. */
    void pod(String namespace, String name, PodStatus status) {
        Pod pod = client.pods()
                .inNamespace(namespace)
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .addToLabels("app", "tier")
                        .endMetadata()
                        .withSpec(template().getSpec())
                        .build())
                .create();
        pod.setStatus(status);
        client.pods().inNamespace(namespace).resource(pod).updateStatus();
    }

    static PodStatus ready(String host) {
        return new PodStatusBuilder()
                .withPhase("Running")
                .withPodIP(host)
                .addNewPodIP(host)
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .endCondition()
                .build();
    }

    private static PodTemplateSpec template() {
        return new PodTemplateSpecBuilder()
                .withNewMetadata()
                .addToLabels("app", "tier")
                .endMetadata()
                .withNewSpec()
                .withContainers(new ContainerBuilder()
                        .withName("pod")
                        .withImage("percolate:latest")
                        .addNewEnv()
                        .withName("PERCOLATE_MAX_HOT_TENANTS")
                        .withValue("4")
                        .endEnv()
                        .build())
                .endSpec()
                .build();
    }

    @Override
    public void close() {
        client.close();
        if (mock != null) {
            mock.close();
        }
    }
}
