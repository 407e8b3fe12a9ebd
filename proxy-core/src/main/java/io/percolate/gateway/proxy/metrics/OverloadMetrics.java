package io.percolate.gateway.proxy.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.proxy.overload.OverloadStage;
import io.percolate.gateway.proxy.overload.OverloadWatch;
import io.percolate.gateway.proxy.overload.QueueMemory;
import io.percolate.gateway.proxy.overload.Resource;
import io.percolate.gateway.proxy.overload.Waits;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.Locale;

/** What becomes of requests when there are more than can be served. */
final class OverloadMetrics {
    private final MeterRegistry registry;

    OverloadMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    void show(OverloadWatch overload, Waits waits, QueueMemory memory) {
        for (OverloadStage stage : OverloadStage.values()) {
            Gauge.builder("router.overload.stage", overload, watch -> watch.stage() == stage ? 1 : 0)
                    .tag("stage", lower(stage))
                    .description("Whether this is what the process does about running out of something")
                    .register(registry);
            FunctionCounter.builder("router.overload.changes", overload, watch -> watch.enteredCount(stage))
                    .tag("stage", lower(stage))
                    .description("Changes to this stage")
                    .register(registry);
        }
        for (Resource resource : Resource.values()) {
            Gauge.builder("router.overload.use", overload, watch -> watch.use(resource))
                    .tag("resource", lower(resource))
                    .description(
                            "What the stage is chosen by: shares of what there is, and seconds that loops are late")
                    .register(registry);
        }
        for (Tier tier : Tier.values()) {
            FunctionCounter.builder("router.overload.shed", overload, watch -> watch.shedCount(tier))
                    .tag("tier", tier.name())
                    .description("Requests not let in since the process ran out of something")
                    .register(registry);
            FunctionCounter.builder(
                            "router.queue.refused",
                            waits,
                            counted -> counted.refused(tier).sum())
                    .tag("tier", tier.name())
                    .description("Requests that found or kept no place to wait for others to end, or waited in vain")
                    .register(registry);
        }
        Gauge.builder("router.queue.requests", waits, Waits::waiting)
                .description("Requests that wait for others to end")
                .register(registry);
        FunctionCounter.builder("router.queue.waits", waits, Waits::begunCount)
                .description("Requests that had to wait for others to end")
                .register(registry);
        Gauge.builder("router.queue.bytes", memory, QueueMemory::taken)
                .description("Memory reserved for requests that wait for others or for connections to their pods")
                .register(registry);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
