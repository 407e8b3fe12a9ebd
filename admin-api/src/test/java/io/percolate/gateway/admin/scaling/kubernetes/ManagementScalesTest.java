package io.percolate.gateway.admin.scaling.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.RunningManagement;
import io.percolate.gateway.admin.testing.ScriptedPod;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A running management process that is told of a cluster. */
class ManagementScalesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void aWakeRaisesItsTierFromZeroAndGoesOnWhenAPodIsThere(@TempDir Path folder) throws IOException {
        try (TestCluster cluster = new TestCluster();
                ScriptedPod pod = new ScriptedPod()) {
            String namespace = cluster.newNamespace();
            cluster.deployment(namespace, 0);
            try (RunningManagement management = RunningManagement.start(
                    "GATEWAY_KUBERNETES_WORKLOAD_A", "deployment/tier",
                    "GATEWAY_KUBERNETES_NAMESPACE", namespace,
                    "GATEWAY_KUBERNETES_KUBECONFIG", cluster.kubeconfig(folder).toString(),
                    "GATEWAY_KUBERNETES_CALL_TIMEOUT", "20s",
                    "GATEWAY_WAKE_ROOM_WAIT", "30s",
                    "GATEWAY_POD_HEARTBEAT_MAX", "10m",
                    "GATEWAY_POD_DEAD_AFTER", "10m")) {
                String tenant = management.newTenant("A");
                CompletableFuture<Answer> woken = management
                        .api()
                        .sendAsync(management.api().request("POST", "/v1/tenants/" + tenant + "/wake", null));

                await().atMost(PATIENCE).until(() -> cluster.replicas(namespace) == 2);
                management
                        .database()
                        .execute(
                                "INSERT INTO pods (id, tier, host, port, capacity) VALUES ('tier-a-0', 'A', '127.0.0.1', "
                                        + pod.port() + ", 8)");

                assertThat(woken.join().status()).isEqualTo(200);
                assertThat(management.api().get("/metrics").text())
                        .contains("tier_scalings_total{outcome=\"raised\",tier=\"A\"}");
            }
        }
    }
}
