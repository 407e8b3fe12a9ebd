package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * How requests are held while their tenant moves from one pod to another.
 *
 * @param limit how long one may be held
 * @param perTenantMax requests of one tenant that may be held at once
 */
public record MoveHold(Duration limit, int perTenantMax) {
    static MoveHold read(ConfigReader reader) {
        return new MoveHold(
                reader.duration(
                        "GATEWAY_COLD_MOVE_HOLD_LIMIT",
                        Duration.ofSeconds(5),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(10),
                        "how long a request may wait while its tenant moves from one pod to another"),
                reader.count(
                        "GATEWAY_COLD_MOVE_HELD_PER_TENANT_MAX",
                        1_000,
                        1,
                        100_000,
                        "requests of one tenant held at once while it moves"));
    }
}
