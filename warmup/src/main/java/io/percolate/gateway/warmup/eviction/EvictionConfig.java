package io.percolate.gateway.warmup.eviction;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * How a tenant leaves memory.
 *
 * @param notice between the announcement that a tenant leaves and the order to its pod, so that gateways hold by then what
 *     the pod would turn away
 * @param lease how long the claim outlives the process that holds it
 */
public record EvictionConfig(Duration notice, Duration lease) {
    public static EvictionConfig read(ConfigReader reader) {
        return new EvictionConfig(
                reader.duration(
                        "GATEWAY_EVICT_NOTICE",
                        Duration.ofMillis(100),
                        Duration.ZERO,
                        Duration.ofSeconds(10),
                        "how long gateways have to hear that a tenant leaves its pod before the pod is told"),
                reader.duration(
                        "GATEWAY_EVICT_LEASE",
                        Duration.ofSeconds(5),
                        Duration.ofMillis(100),
                        Duration.ofHours(1),
                        "how long a claim on an eviction outlives the process that holds it"));
    }
}
