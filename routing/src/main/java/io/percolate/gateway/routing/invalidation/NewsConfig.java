package io.percolate.gateway.routing.invalidation;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * How a process listens for news.
 *
 * @param probeInterval how often the connection is asked for a sign of life
 * @param probeTimeout how long that may take; a dead connection is noticed within the sum of both
 * @param resyncMax changes looked up one by one after an outage; beyond, every route is distrusted and loaded anew when
 *     asked for
 */
public record NewsConfig(Duration probeInterval, Duration probeTimeout, int resyncMax) {
    public static NewsConfig read(ConfigReader reader) {
        return new NewsConfig(
                reader.duration(
                        "GATEWAY_ROUTES_PROBE_INTERVAL",
                        Duration.ofSeconds(2),
                        Duration.ofMillis(50),
                        Duration.ofMinutes(1),
                        "how often the connection that listens for changes is probed"),
                reader.duration(
                        "GATEWAY_ROUTES_PROBE_TIMEOUT",
                        Duration.ofSeconds(2),
                        Duration.ofMillis(50),
                        Duration.ofMinutes(1),
                        "how long a probe may take before the connection is dropped"),
                reader.count(
                        "GATEWAY_ROUTES_RESYNC_MAX",
                        250_000,
                        1,
                        1_000_000,
                        "changes looked up one by one after an outage; beyond, all routes are loaded anew"));
    }
}
