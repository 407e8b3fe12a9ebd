package io.percolate.gateway.admin.scaling.kubernetes;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventList;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v1.Scale;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.percolate.gateway.admin.scaling.ScalingConfig;
import java.util.List;

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
        return client(base, config, serialization());
    }

    /** Of the kinds that are read here: left to itself it would load the thousands of the whole API. */
    static KubernetesSerialization serialization() {
        KubernetesSerialization serialization = new KubernetesSerialization(new ObjectMapper(), false);
        List.of(
                        Pod.class,
                        PodList.class,
                        Deployment.class,
                        StatefulSet.class,
                        Scale.class,
                        Event.class,
                        EventList.class,
                        Status.class)
                .forEach(serialization::registerKubernetesResource);
        return serialization;
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
