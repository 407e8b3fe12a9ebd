package io.percolate.gateway.admin.health;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * When a pod counts as lost, and what is kept of its tenants elsewhere.
 *
 * @param interval between two looks at all pods
 * @param lateAfter a pod whose heartbeat is older is suspected, and asked itself
 * @param lostAfter a pod that neither beat nor answered for so long after it was suspected is lost
 * @param lostPercentMax share of a tier's pods that may be lost at a time; more means that something else is broken
 * @param wakesMax lost tenants woken at the same time
 * @param reconcileInterval how often each pod's copies are compared with the rows
 * @param snapshotInterval by tier, how often a hot tenant that is used is stored in S3; zero for never
 * @param snapshotsMax snapshots under way at the same time
 */
public record HealthConfig(
        Duration interval,
        Duration lateAfter,
        Duration lostAfter,
        int lostPercentMax,
        int wakesMax,
        Duration reconcileInterval,
        Map<Tier, Duration> snapshotInterval,
        int snapshotsMax) {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);

    public static HealthConfig read(ConfigReader reader) {
        return new HealthConfig(
                reader.duration(
                        "MANAGEMENT_POD_CHECK_INTERVAL",
                        Duration.ofMillis(500),
                        Duration.ofMillis(20),
                        Duration.ofMinutes(1),
                        "how often the pods' heartbeats are looked at"),
                reader.duration(
                        "MANAGEMENT_POD_LATE_AFTER",
                        Duration.ofSeconds(5),
                        Duration.ofMillis(100),
                        HOUR,
                        "a pod whose heartbeat is older is suspected, and asked itself; some heartbeats long"),
                reader.duration(
                        "MANAGEMENT_POD_LOST_AFTER",
                        Duration.ofSeconds(2),
                        Duration.ofMillis(100),
                        HOUR,
                        "a suspected pod that neither beats nor answers for so long is lost"),
                reader.count(
                        "MANAGEMENT_POD_LOST_PERCENT_MAX",
                        50,
                        1,
                        100,
                        "share of a tier's pods in a region that are declared lost at a time, at least one; where more are"
                                + " silent it is rather the network or this process"),
                reader.count(
                        "MANAGEMENT_POD_LOSS_WAKES_MAX",
                        16,
                        1,
                        10_000,
                        "tenants of tier A of lost pods that are woken at the same time"),
                reader.duration(
                        "MANAGEMENT_RECONCILE_INTERVAL",
                        Duration.ofMinutes(5),
                        Duration.ofMillis(100),
                        DAY,
                        "how often a pod's copies of tenants are compared with the database; at its start and return, too"),
                snapshotIntervals(reader),
                reader.count("MANAGEMENT_SNAPSHOTS_MAX", 4, 1, 1_000, "snapshots of hot tenants at the same time"));
    }

    Duration snapshotInterval(Tier tier) {
        return snapshotInterval.getOrDefault(tier, Duration.ZERO);
    }

    private static Map<Tier, Duration> snapshotIntervals(ConfigReader reader) {
        Map<Tier, Duration> intervals = new EnumMap<>(Tier.class);
        for (Tier tier : Tier.values()) {
            intervals.put(
                    tier,
                    reader.duration(
                            "MANAGEMENT_SNAPSHOT_INTERVAL_" + tier,
                            Duration.ZERO,
                            Duration.ZERO,
                            DAY,
                            "how often a hot tenant of tier " + tier
                                    + " that is used is stored in S3; 0s: when it turns cold" + " only"));
        }
        return Map.copyOf(intervals);
    }
}
