package io.percolate.gateway.admin.scaling;

import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.warmup.eviction.Departing;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** All tiers that are scaled through the cluster. */
public final class FleetScaling {
    private final List<TierScaler> tiers;

    /**
     * @param health whether a pod answers, within a deadline, and never errors
     * @param toCold takes a warm tenant to S3; never errors
     * @param heartbeatMax a pod whose heartbeat is older takes no tenants
     * @param pressureIdleMin tenants that were not used for longer give up their places when others wait
     */
    public FleetScaling(
            ScalingConfig config,
            ManagementDatabase database,
            Cluster cluster,
            Function<PodAddress, Mono<Boolean>> health,
            Function<Departing, Mono<?>> toCold,
            Duration heartbeatMax,
            Duration pressureIdleMin,
            Clock clock,
            MeterRegistry registry) {
        ScalingMeters meters = new ScalingMeters(registry, config.tiers().keySet());
        this.tiers = config.tiers().keySet().stream()
                .sorted()
                .map(tier -> new TierScaler(
                        database,
                        cluster,
                        new PodRegistry(
                                database,
                                health,
                                config,
                                tier,
                                Objects.requireNonNull(config.tiers().get(tier)).workload(),
                                heartbeatMax,
                                System::nanoTime),
                        toCold,
                        config,
                        tier,
                        heartbeatMax,
                        pressureIdleMin,
                        clock,
                        meters))
                .toList();
    }

    /** One look at each tier; errors when the database does not answer. */
    public Mono<Void> look() {
        return Flux.fromIterable(tiers)
                .flatMapDelayError(TierScaler::look, 3, 1)
                .then();
    }
}
