package io.percolate.gateway.admin.scaling.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.percolate.gateway.admin.scaling.ScalingConfig;

/** How Kubernetes' API is reached. */
final class KubernetesApi {
    /** Of what the server refused for being too much, or for a fault of its own. */
    private static final int RETRIES_MAX = 3;

    private static final int RETRY_PAUSE_MILLIS = 100;
    private static final int RECONNECT_PAUSE_MILLIS = 500;
    private static final int UNLIMITED = -1;

    private KubernetesApi() {}

    static KubernetesClient client(ScalingConfig config) {
        Config base = config.kubeconfig()
                .map(file -> Config.fromKubeconfig(file.toFile()))
                .orElseGet(() -> Config.autoConfigure(null));
        return client(base, config, new KubernetesSerialization());
    }

    /** @param serialization costly to make, and may be shared */
    static KubernetesClient client(Config base, ScalingConfig config, KubernetesSerialization serialization) {
        Config tuned = new ConfigBuilder(base)
                .withRequestTimeout((int) config.callTimeout().toMillis())
                .withConnectionTimeout((int) config.callTimeout().toMillis())
                .withRequestRetryBackoffLimit(RETRIES_MAX)
                .withRequestRetryBackoffInterval(RETRY_PAUSE_MILLIS)
                .withWatchReconnectInterval(RECONNECT_PAUSE_MILLIS)
                .withWatchReconnectLimit(UNLIMITED)
                .withUserAgent("percolate-management")
                .build();
        return new KubernetesClientBuilder()
                .withConfig(tuned)
                .withKubernetesSerialization(serialization)
                .build();
    }
}
