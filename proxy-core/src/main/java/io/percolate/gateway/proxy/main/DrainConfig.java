package io.percolate.gateway.proxy.main;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * How the process goes out of service.
 *
 * @param delay after it has said that it is not ready, before it stops taking connections: whoever sends it requests
 *     needs that long to notice
 * @param timeout how long requests under way may take to end
 */
public record DrainConfig(Duration delay, Duration timeout) {
    public static DrainConfig read(ConfigReader reader) {
        return new DrainConfig(
                reader.duration(
                        "GATEWAY_EDGE_DRAIN_DELAY",
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofMinutes(10),
                        "how long the gateway serves on, not ready, before it drains; in Kubernetes some seconds"),
                reader.duration(
                        "GATEWAY_EDGE_DRAIN_TIMEOUT",
                        Duration.ofSeconds(25),
                        Duration.ZERO,
                        Duration.ofHours(1),
                        "how long requests under way may take to end when the gateway drains"));
    }
}
