package io.percolate.gateway.proxy.activity;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * How often last accesses are written.
 *
 * @param interval between two writes, and how much newer an access must be to be worth one
 * @param tenantsMax tenants that may wait for a write; more are left out and counted
 */
public record ActivityConfig(Duration interval, int tenantsMax) {
    private static final int TENANTS_MAX_DEFAULT = 100_000;

    public static ActivityConfig read(ConfigReader reader) {
        return new ActivityConfig(
                reader.duration(
                        "GATEWAY_OPS_ACTIVITY_INTERVAL",
                        Duration.ofSeconds(5),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(10),
                        "how often the tenants' last accesses are written, all in one statement"),
                reader.count(
                        "GATEWAY_OPS_ACTIVITY_TENANTS_MAX",
                        TENANTS_MAX_DEFAULT,
                        1,
                        10_000_000,
                        "tenants whose last access may wait to be written; more are left out and counted"));
    }
}
