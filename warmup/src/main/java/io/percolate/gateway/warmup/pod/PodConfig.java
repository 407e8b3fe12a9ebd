package io.percolate.gateway.warmup.pod;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * How tier pods are called and when they count as alive.
 *
 * @param callTimeout the deadline of one short call
 * @param evictTimeout the deadline of an eviction, which flushes the tenant and may write it to S3
 * @param snapshotTimeout the deadline of a snapshot, which writes all of a tenant's data to S3
 * @param loadTimeout how long a load may take in all, probes included
 * @param probeIntervalMin between the first two probes of a loading tenant; it grows by an eighth each time
 * @param probeWait how long a pod may keep back what it says of a loading tenant, until that is loaded; zero: not at all
 * @param heartbeatMax a pod whose heartbeat is older is given no tenant
 * @param deadAfter a pod whose heartbeat is older is taken for dead: its tenants are restored elsewhere
 * @param onLoss by tier, what becomes of tenants whose pod is lost
 * @param connectionsMax control connections to one pod
 * @param answerBytesMax a longer answer of a pod is refused
 */
public record PodConfig(
        Duration connectTimeout,
        Duration callTimeout,
        Duration evictTimeout,
        Duration snapshotTimeout,
        Duration loadTimeout,
        Duration probeIntervalMin,
        Duration probeIntervalMax,
        Duration probeWait,
        Duration heartbeatMax,
        Duration deadAfter,
        Map<Tier, OnPodLoss> onLoss,
        int connectionsMax,
        int answerBytesMax) {
    private static final Duration MILLI = Duration.ofMillis(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    public static PodConfig read(ConfigReader reader) {
        PodConfig config = new PodConfig(
                reader.duration(
                        "GATEWAY_POD_CONNECT_TIMEOUT",
                        Duration.ofSeconds(1),
                        MILLI,
                        MINUTE,
                        "how long connecting to a pod for a control call may take"),
                reader.duration(
                        "GATEWAY_POD_CALL_TIMEOUT",
                        Duration.ofSeconds(2),
                        MILLI,
                        MINUTE,
                        "how long one control call to a pod may take"),
                reader.duration(
                        "GATEWAY_POD_EVICT_TIMEOUT",
                        Duration.ofSeconds(10),
                        MILLI,
                        Duration.ofHours(1),
                        "how long a pod may take to flush and evict a tenant"),
                reader.duration(
                        "GATEWAY_POD_SNAPSHOT_TIMEOUT",
                        Duration.ofMinutes(1),
                        MILLI,
                        Duration.ofHours(1),
                        "how long a pod may take to store a snapshot of a tenant's data"),
                reader.duration(
                        "GATEWAY_POD_LOAD_TIMEOUT",
                        Duration.ofSeconds(30),
                        MILLI,
                        Duration.ofHours(1),
                        "how long a pod may take to load a tenant"),
                reader.duration(
                        "GATEWAY_POD_PROBE_INTERVAL_MIN",
                        Duration.ofMillis(10),
                        MILLI,
                        MINUTE,
                        "wait between the first probes of a loading tenant"),
                reader.duration(
                        "GATEWAY_POD_PROBE_INTERVAL_MAX",
                        Duration.ofMillis(250),
                        MILLI,
                        MINUTE,
                        "longest wait between two probes of a loading tenant"),
                reader.duration(
                        "GATEWAY_POD_PROBE_WAIT",
                        Duration.ofSeconds(1),
                        Duration.ZERO,
                        MINUTE,
                        "how long a pod that can keeps back its answer to the probe of a loading tenant, until that is loaded;"
                                + " 0s: not at all"),
                reader.duration(
                        "GATEWAY_POD_HEARTBEAT_MAX",
                        Duration.ofSeconds(10),
                        MILLI,
                        Duration.ofHours(1),
                        "A pod with an older heartbeat is given no tenant"),
                reader.duration(
                        "GATEWAY_POD_DEAD_AFTER",
                        Duration.ofSeconds(15),
                        MILLI,
                        Duration.ofHours(1),
                        "A pod with an older heartbeat is taken for dead; its tenants are restored elsewhere"),
                onLoss(reader),
                reader.count(
                        "GATEWAY_POD_CONTROL_CONNECTIONS_MAX", 16, 1, 1_000, "control connections to one pod at most"),
                (int) reader.size(
                        "GATEWAY_POD_ANSWER_BYTES_MAX",
                        64 << 10,
                        256,
                        16 << 20,
                        "longest answer to a control call that is read"));
        if (config.probeIntervalMin.compareTo(config.probeIntervalMax) > 0) {
            reader.problem("GATEWAY_POD_PROBE_INTERVAL_MIN must not exceed GATEWAY_POD_PROBE_INTERVAL_MAX");
        }
        if (config.heartbeatMax.compareTo(config.deadAfter) > 0) {
            reader.problem("GATEWAY_POD_HEARTBEAT_MAX must not exceed GATEWAY_POD_DEAD_AFTER");
        }
        return config;
    }

    public OnPodLoss onLoss(Tier tier) {
        return onLoss.getOrDefault(tier, OnPodLoss.WAIT);
    }

    private static Map<Tier, OnPodLoss> onLoss(ConfigReader reader) {
        Map<Tier, OnPodLoss> onLoss = new EnumMap<>(Tier.class);
        for (Tier tier : Tier.values()) {
            onLoss.put(
                    tier,
                    reader.choice(
                            "GATEWAY_POD_LOSS_" + tier,
                            OnPodLoss.class,
                            OnPodLoss.WAIT,
                            "a tenant of tier " + tier
                                    + " whose pod is lost waits for it, or goes on from its last snapshot"
                                    + " without what was written since"));
        }
        return Map.copyOf(onLoss);
    }
}
