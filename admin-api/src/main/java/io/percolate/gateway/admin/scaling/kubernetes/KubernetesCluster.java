package io.percolate.gateway.admin.scaling.kubernetes;

import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v1.Scale;
import io.fabric8.kubernetes.api.model.autoscaling.v1.ScaleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import io.percolate.gateway.admin.scaling.Cluster;
import io.percolate.gateway.admin.scaling.Obstacle;
import io.percolate.gateway.admin.scaling.ScalingConfig;
import io.percolate.gateway.admin.scaling.Workload;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A namespace of a Kubernetes cluster. Its calls block, on threads of their own: few, with a bounded queue before them.
 *
 * <p>Numbers are read and written by the {@code scale} subresource; a write names the resource version that was read,
 * which the API server compares. The client itself repeats what was refused for being too much, after the time that the
 * server asked for ({@code Retry-After}), within the deadline of the call.
 */
public final class KubernetesCluster implements Cluster {
    private static final int THREADS_MAX = 4;
    private static final int CALLS_WAITING_MAX = 64;

    private final KubernetesClient client;
    private final ScalingConfig config;
    private final String namespace;
    private final Clock clock;
    private final Map<Workload, PodWatch> watches = new ConcurrentHashMap<>();
    private final Map<Workload, Watched> templates = new ConcurrentHashMap<>();
    private final Scheduler calls = Schedulers.newBoundedElastic(THREADS_MAX, CALLS_WAITING_MAX, "kubernetes");

    KubernetesCluster(KubernetesClient client, ScalingConfig config, Clock clock) {
        this.client = client;
        this.config = config;
        this.namespace = config.namespace().isEmpty()
                ? Optional.ofNullable(client.getNamespace()).orElse("default")
                : config.namespace();
        this.clock = clock;
    }

    /** Reaches the API as the configuration says; nothing is asked yet. */
    public static KubernetesCluster open(ScalingConfig config, Clock clock) {
        return new KubernetesCluster(KubernetesApi.client(config), config, clock);
    }

    @Override
    public Mono<Replicas> replicas(Workload workload) {
        return call(() -> {
            Watched watched = templates.get(workload);
            if (watched == null) {
                watched = read(workload);
            }
            Scale scale = resource(workload).scale();
            if (scale == null) {
                throw new KubernetesClientException(
                        "there is no " + workload + " in namespace " + namespace,
                        HttpURLConnection.HTTP_NOT_FOUND,
                        null);
            }
            Integer count = scale.getSpec() == null ? null : scale.getSpec().getReplicas();
            return new Replicas(
                    count == null ? 0 : count, scale.getMetadata().getResourceVersion(), watched.capacity());
        });
    }

    @Override
    public Mono<Change> setReplicas(Workload workload, Replicas read, int replicas) {
        return call(() -> {
            Scale scale = new ScaleBuilder()
                    .withNewMetadata()
                    .withName(workload.name())
                    .withNamespace(namespace)
                    .withResourceVersion(read.version())
                    .endMetadata()
                    .withNewSpec()
                    .withReplicas(replicas)
                    .endSpec()
                    .build();
            try {
                resource(workload).scale(scale);
                return Change.DONE;
            } catch (KubernetesClientException failed) {
                if (failed.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                    return Change.CONFLICT;
                }
                throw failed;
            }
        });
    }

    @Override
    public Mono<Optional<Obstacle>> creationObstacle(Workload workload) {
        return call(() -> switch (workload.kind()) {
            case DEPLOYMENT -> PodObstacles.ofDeployment(deployment(workload).get());
            case STATEFULSET ->
                PodObstacles.ofEvents(
                        client.v1()
                                .events()
                                .inNamespace(namespace)
                                .withField("involvedObject.name", workload.name())
                                .list()
                                .getItems(),
                        workload.name(),
                        clock.instant());
        });
    }

    @Override
    public Sight pods(Workload workload) {
        PodWatch watch = watches.computeIfAbsent(workload, key -> new PodWatch(config, clock));
        if (watch.isToBegin()) {
            calls.schedule(() -> begin(workload, watch));
        }
        return watch.sight();
    }

    /** The watch's selector is the workload's own. Where that cannot be read now, a later look tries again. */
    private void begin(Workload workload, PodWatch watch) {
        try {
            Watched watched = read(workload);
            watch.begin(client.pods()
                    .inNamespace(namespace)
                    .withLabelSelector(watched.selector())
                    .runnableInformer(config.resync().toMillis()));
        } catch (RuntimeException failed) {
            watch.failed(KubernetesFailures.of(failed));
        }
    }

    private Watched read(Workload workload) {
        Watched read = switch (workload.kind()) {
            case DEPLOYMENT -> {
                Deployment found = deployment(workload).get();
                yield found == null
                        ? null
                        : Watched.of(
                                found.getSpec().getSelector(), found.getSpec().getTemplate());
            }
            case STATEFULSET -> {
                StatefulSet found = statefulSet(workload).get();
                yield found == null
                        ? null
                        : Watched.of(
                                found.getSpec().getSelector(), found.getSpec().getTemplate());
            }
        };
        if (read == null) {
            throw new KubernetesClientException(
                    "there is no " + workload + " in namespace " + namespace, HttpURLConnection.HTTP_NOT_FOUND, null);
        }
        templates.put(workload, read);
        return read;
    }

    private RollableScalableResource<?> resource(Workload workload) {
        return switch (workload.kind()) {
            case DEPLOYMENT -> deployment(workload);
            case STATEFULSET -> statefulSet(workload);
        };
    }

    private RollableScalableResource<Deployment> deployment(Workload workload) {
        return client.apps().deployments().inNamespace(namespace).withName(workload.name());
    }

    private RollableScalableResource<StatefulSet> statefulSet(Workload workload) {
        return client.apps().statefulSets().inNamespace(namespace).withName(workload.name());
    }

    private <T> Mono<T> call(Callable<T> work) {
        return Mono.fromCallable(work)
                .subscribeOn(calls)
                .timeout(
                        config.callTimeout(),
                        Mono.error(() -> new TimeoutException(
                                "no answer within " + config.callTimeout().toMillis() + " ms")))
                .onErrorMap(error -> !(error instanceof ClusterException), KubernetesFailures::of);
    }

    @Override
    public void close() {
        watches.values().forEach(PodWatch::close);
        calls.dispose();
        client.close();
    }

    /** What a workload says of its pods. */
    private record Watched(io.fabric8.kubernetes.api.model.LabelSelector selector, int capacity) {
        static Watched of(io.fabric8.kubernetes.api.model.LabelSelector selector, PodTemplateSpec template) {
            return new Watched(selector, PodViews.capacity(template.getSpec()));
        }
    }
}
