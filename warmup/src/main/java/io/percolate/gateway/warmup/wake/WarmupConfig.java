package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.placement.Canary;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.pod.PodConfig;
import java.util.Map;

/**
 * All settings of this module.
 *
 * @param canaries of the tiers that have one
 */
public record WarmupConfig(WakeConfig wake, PodConfig pod, Map<Tier, Canary> canaries) {
    public WarmupConfig {
        canaries = Map.copyOf(canaries);
    }

    /** No tier has a canary. */
    public WarmupConfig(WakeConfig wake, PodConfig pod) {
        this(wake, pod, Map.of());
    }

    public static WarmupConfig read(ConfigReader reader) {
        return new WarmupConfig(WakeConfig.read(reader), PodConfig.read(reader), Canary.read(reader));
    }
}
