package io.percolate.gateway.admin.scaling;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** What scaling tells: {@code tier_scalings_total}, and gauges of the tiers' pods. */
final class ScalingMeters {
    private final MeterRegistry registry;
    private final Map<Tier, AtomicInteger> seen = new EnumMap<>(Tier.class);
    private final Map<Tier, AtomicInteger> living = new EnumMap<>(Tier.class);

    ScalingMeters(MeterRegistry registry, Iterable<Tier> tiers) {
        this.registry = registry;
        for (Tier tier : tiers) {
            seen.put(tier, gauge("tier.pods.seen", "Pods that the cluster has for a tier, ready or not", tier));
            living.put(tier, gauge("tier.pods.living", "Pods of a tier that take tenants", tier));
        }
    }

    private AtomicInteger gauge(String name, String description, Tier tier) {
        AtomicInteger value = new AtomicInteger();
        Gauge.builder(name, value, AtomicInteger::get)
                .description(description)
                .tag("tier", tier.name())
                .register(registry);
        return value;
    }

    /** @param outcome of a closed set: raised, zeroed, conflict, or a refusal */
    void count(Tier tier, String outcome) {
        registry.counter("tier.scalings", "tier", tier.name(), "outcome", outcome)
                .increment();
    }

    void show(Tier tier, Cluster.Sight sight, Demand demand) {
        seen.getOrDefault(tier, new AtomicInteger())
                .set((int) sight.pods().stream().filter(ClusterPod::isComing).count());
        living.getOrDefault(tier, new AtomicInteger()).set(demand.living());
    }
}
