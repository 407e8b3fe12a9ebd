package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * Bounds of planned moves.
 *
 * @param lease how long a claim outlives the process that holds it: as long as requests wait when a move's process dies
 * @param prepareTimeout how long a target may fetch files while the source still serves
 * @param watchInterval between two looks at the source in that time
 * @param notice between the announcement and the order to the source, so that gateways hold by then
 * @param busyInterval between two orders to a source that has requests in flight
 */
public record MoveConfig(
        Duration lease, Duration prepareTimeout, Duration watchInterval, Duration notice, Duration busyInterval) {
    private static final Duration MILLI = Duration.ofMillis(1);

    /** Reads the keys {@code GATEWAY_MOVE_*} of the process that moves. */
    public static MoveConfig read(ConfigReader reader) {
        return new MoveConfig(
                reader.duration(
                        "GATEWAY_MOVE_LEASE",
                        Duration.ofSeconds(2),
                        Duration.ofMillis(100),
                        Duration.ofHours(1),
                        "how long a claim on a move outlives the process that holds it; its requests wait as long"),
                reader.duration(
                        "GATEWAY_MOVE_PREPARE_TIMEOUT",
                        Duration.ofMinutes(5),
                        MILLI,
                        Duration.ofHours(12),
                        "how long a pod may fetch a tenant's files while the other pod still serves it"),
                reader.duration(
                        "GATEWAY_MOVE_WATCH_INTERVAL",
                        Duration.ofMillis(500),
                        MILLI,
                        Duration.ofMinutes(1),
                        "wait between two looks at the pod that serves a tenant while another prepares for it"),
                reader.duration(
                        "GATEWAY_MOVE_NOTICE",
                        Duration.ofMillis(20),
                        Duration.ZERO,
                        Duration.ofSeconds(10),
                        "how long gateways have to hear that a tenant moves before its pod is told"),
                reader.duration(
                        "GATEWAY_MOVE_BUSY_INTERVAL",
                        Duration.ofMillis(10),
                        MILLI,
                        Duration.ofMinutes(1),
                        "wait between two attempts to take a busy tenant from its pod"));
    }
}
