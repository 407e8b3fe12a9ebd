package io.percolate.gateway.proxy.noise;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * When a tenant is too loud, and whether anything is done about it.
 *
 * @param window over which tenants' parts are taken
 * @param throttle whether tenants are slowed down
 * @param sharePercent of anything that one tenant may have while others wait
 * @param requestsPerSecondMin that a tenant is left in any case
 * @param throttleTime from the last window in which it was too loud
 */
public record NoiseConfig(
        Duration window, boolean throttle, int sharePercent, int requestsPerSecondMin, Duration throttleTime) {
    /** Reads the keys {@code GATEWAY_NOISY_*}. */
    public static NoiseConfig read(ConfigReader reader) {
        return new NoiseConfig(
                reader.duration(
                        "GATEWAY_NOISY_WINDOW",
                        Duration.ofSeconds(5),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(10),
                        "over which the tenants that take most are found"),
                reader.flag(
                        "GATEWAY_NOISY_THROTTLE",
                        false,
                        "whether such tenants are slowed down while requests wait for room or the gateway is overloaded"),
                reader.count(
                        "GATEWAY_NOISY_SHARE",
                        50,
                        1,
                        99,
                        "percent of all requests, time or bytes that a tenant may then have"),
                reader.count(
                        "GATEWAY_NOISY_RATE_MIN", 50, 1, 10_000_000, "requests a second that it is left in any case"),
                reader.duration(
                        "GATEWAY_NOISY_THROTTLE_TIME",
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(1),
                        Duration.ofHours(1),
                        "for which it is slowed down after the last window in which it had more"));
    }
}
