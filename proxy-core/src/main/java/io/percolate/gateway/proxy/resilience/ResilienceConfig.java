package io.percolate.gateway.proxy.resilience;

import io.percolate.gateway.routing.config.ConfigReader;

/** All that keeps one pod's trouble from its neighbours. */
public record ResilienceConfig(
        DeadlineConfig deadlines, RetryConfig retries, OutlierConfig outliers, HealthConfig health, PodLimits limits) {

    public static ResilienceConfig read(ConfigReader reader) {
        return new ResilienceConfig(
                DeadlineConfig.read(reader),
                RetryConfig.read(reader),
                OutlierConfig.read(reader),
                HealthConfig.read(reader),
                PodLimits.read(reader));
    }

    ResilienceConfig withoutEjection() {
        return new ResilienceConfig(deadlines, retries, outliers.withoutEjection(), health, limits);
    }
}
