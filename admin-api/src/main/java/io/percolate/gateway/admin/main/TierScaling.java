package io.percolate.gateway.admin.main;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.ChannelOption;
import io.percolate.gateway.admin.lifecycle.Evictions;
import io.percolate.gateway.admin.scaling.FleetScaling;
import io.percolate.gateway.admin.scaling.ScalingConfig;
import io.percolate.gateway.admin.scaling.kubernetes.KubernetesCluster;
import io.percolate.gateway.admin.work.WorkLoop;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.warmup.pod.PodConfig;
import java.time.Clock;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** What this process does with the tiers' pods in a cluster: nothing, and nothing loaded for it, where no tier has a workload. */
final class TierScaling {
    private static final Logger LOG = LoggerFactory.getLogger(TierScaling.class);
    private static final int PROBES_MAX = 16;

    private final Optional<Running> running;

    private TierScaling(Optional<Running> running) {
        this.running = running;
    }

    static TierScaling of(
            ManagementConfig config, ManagementDatabase database, Evictions evictions, MeterRegistry meters) {
        return new TierScaling(
                config.scaling().isOn()
                        ? Optional.of(Running.of(config, database, evictions, meters))
                        : Optional.empty());
    }

    void start() {
        running.ifPresent(parts -> parts.loop.start());
    }

    /** Ends the looks, and the watches. Never errors. */
    Mono<Void> stop() {
        return Mono.justOrEmpty(running).flatMap(Running::stop);
    }

    private record Running(WorkLoop loop, KubernetesCluster cluster, ConnectionProvider connections) {
        static Running of(
                ManagementConfig config, ManagementDatabase database, Evictions evictions, MeterRegistry meters) {
            ScalingConfig scaling = config.scaling();
            KubernetesCluster cluster = KubernetesCluster.open(scaling, Clock.systemUTC());
            ConnectionProvider connections = ConnectionProvider.create("pod-health", PROBES_MAX);
            PodConfig pod = config.warmup().pod();
            HttpClient client = HttpClient.create(connections)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                            pod.connectTimeout().toMillis())
                    .responseTimeout(pod.callTimeout());
            FleetScaling fleet = new FleetScaling(
                    scaling,
                    database,
                    cluster,
                    address -> isHealthy(client, pod, address),
                    evictions::forScaleDown,
                    pod.heartbeatMax(),
                    config.lifeCycle().pressureIdleMin(),
                    Clock.systemUTC(),
                    meters);
            LOG.info("scales {} through Kubernetes", scaling.tiers());
            return new Running(
                    new WorkLoop(
                            "scaling", scaling.interval(), database, meters, Mono.empty(), Mono.defer(fleet::look)),
                    cluster,
                    connections);
        }

        private static Mono<Boolean> isHealthy(HttpClient client, PodConfig pod, PodAddress address) {
            return client.get()
                    .uri("http://" + address + "/health")
                    .response()
                    .map(answer -> answer.status().code() == 200)
                    .timeout(pod.callTimeout())
                    .onErrorReturn(false);
        }

        /** The client joins its threads when it closes. */
        Mono<Void> stop() {
            return loop.stop()
                    .then(connections.disposeLater())
                    .then(Mono.<Void>fromRunnable(cluster::close).subscribeOn(Schedulers.boundedElastic()));
        }
    }
}
