package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.warmup.pod.PodConfig;

/** All settings of this module. */
public record WarmupConfig(WakeConfig wake, PodConfig pod) {
    public static WarmupConfig read(ConfigReader reader) {
        return new WarmupConfig(WakeConfig.read(reader), PodConfig.read(reader));
    }
}
