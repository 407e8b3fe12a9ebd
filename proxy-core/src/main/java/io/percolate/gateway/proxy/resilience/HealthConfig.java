package io.percolate.gateway.proxy.resilience;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * How pods in use are asked whether they are well.
 *
 * @param interval give or take a fifth; zero for never
 * @param unhealthyAfter checks in a row that must fail
 * @param healthyAfter checks in a row that must succeed then
 */
public record HealthConfig(Duration interval, Duration timeout, String path, int unhealthyAfter, int healthyAfter) {
    private static final int COUNT_MAX = 1_000;

    /** Reads the keys {@code GATEWAY_HEALTH_*}. */
    static HealthConfig read(ConfigReader reader) {
        String path = reader.text("GATEWAY_HEALTH_PATH", "/health", "what pods are asked for");
        if (!path.matches("/[!-~]{0,255}")) {
            reader.problem("GATEWAY_HEALTH_PATH: expected a path that begins with a slash, got '" + path + "'");
        }
        return new HealthConfig(
                reader.duration(
                        "GATEWAY_HEALTH_INTERVAL",
                        Duration.ofSeconds(10),
                        Duration.ZERO,
                        Duration.ofHours(1),
                        "between health checks of each pod in use, give or take a fifth; 0 for none"),
                reader.duration(
                        "GATEWAY_HEALTH_TIMEOUT",
                        Duration.ofSeconds(2),
                        Duration.ofMillis(50),
                        Duration.ofMinutes(1),
                        "for a health check, its connection included"),
                path,
                reader.count(
                        "GATEWAY_HEALTH_UNHEALTHY_AFTER",
                        3,
                        1,
                        COUNT_MAX,
                        "health checks in a row without an answer, or with 5xx, that eject a pod"),
                reader.count(
                        "GATEWAY_HEALTH_HEALTHY_AFTER",
                        2,
                        1,
                        COUNT_MAX,
                        "health checks in a row that must be answered before it comes back"));
    }

    public boolean isOn() {
        return !interval.isZero();
    }
}
