package io.percolate.gateway.admin.scaling;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * How tiers are scaled through Kubernetes; off for a tier that has no workload.
 *
 * @param tiers those that have one
 * @param namespace of the workloads; empty: that of this process, or of the kubeconfig's context
 * @param kubeconfig how the API is reached; empty: as a pod of the cluster
 * @param region of the pods in this cluster
 * @param resync between two comparisons of the watched pods with what was told of them
 * @param unschedulableAfter a pod that no node takes for longer is said to be an obstacle
 * @param startMax a pod that is not ready for longer is not counted on
 */
public record ScalingConfig(
        Map<Tier, OfTier> tiers,
        String namespace,
        Optional<Path> kubeconfig,
        String region,
        Duration interval,
        Duration callTimeout,
        Duration resync,
        int podPort,
        Duration unschedulableAfter,
        Duration startMax) {
    private static final Map<Tier, Integer> MIN = Map.of(Tier.A, 2, Tier.B, 1, Tier.C, 1);
    private static final Map<Tier, Integer> MAX = Map.of(Tier.A, 50, Tier.B, 100, Tier.C, 200);
    private static final Duration MILLI = Duration.ofMillis(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final int REPLICAS_MAX = 10_000;

    /**
     * One tier's bounds.
     *
     * @param replicasMin pods that it is raised to at least
     * @param zeroAfter scaled to zero when none of its tenants was hot for longer; zero: never
     */
    public record OfTier(Workload workload, int replicasMin, int replicasMax, Duration zeroAfter) {}

    public static ScalingConfig read(ConfigReader reader) {
        Map<Tier, OfTier> tiers = new EnumMap<>(Tier.class);
        for (Tier tier : Tier.values()) {
            ofTier(reader, tier).ifPresent(one -> tiers.put(tier, one));
        }
        return new ScalingConfig(
                Map.copyOf(tiers),
                reader.text(
                        "GATEWAY_KUBERNETES_NAMESPACE",
                        "",
                        "namespace of the tiers' workloads; empty: this process's own, or that of the kubeconfig's context"),
                reader.optionalFile(
                        "GATEWAY_KUBERNETES_KUBECONFIG", "how the API is reached; by default as a pod of the cluster"),
                reader.text("GATEWAY_KUBERNETES_REGION", "default", "region of the pods in this cluster"),
                reader.duration(
                        "GATEWAY_KUBERNETES_INTERVAL",
                        Duration.ofMillis(500),
                        Duration.ofMillis(50),
                        Duration.ofMinutes(1),
                        "how often wakes without room and the cluster's pods are looked at"),
                reader.duration(
                        "GATEWAY_KUBERNETES_CALL_TIMEOUT",
                        Duration.ofSeconds(5),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(1),
                        "how long a call of the API may take, with repetitions that it asked for"),
                reader.duration(
                        "GATEWAY_KUBERNETES_RESYNC",
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(1),
                        Duration.ofDays(1),
                        "how often the watched pods are gone over, whatever the watch told"),
                reader.port("GATEWAY_KUBERNETES_POD_PORT", 8000, "port of tier pods that do not register themselves"),
                reader.duration(
                        "GATEWAY_KUBERNETES_UNSCHEDULABLE_AFTER",
                        Duration.ofSeconds(5),
                        Duration.ZERO,
                        HOUR,
                        "how long a pod may find no node before waiting requests are told; longer where nodes are added by"
                                + " need"),
                reader.duration(
                        "GATEWAY_KUBERNETES_POD_START_MAX",
                        Duration.ofMinutes(3),
                        Duration.ofSeconds(1),
                        HOUR,
                        "a pod that is not ready for longer is not counted on: another may be asked for"));
    }

    private static Optional<OfTier> ofTier(ConfigReader reader, Tier tier) {
        String key = "GATEWAY_KUBERNETES_WORKLOAD_" + tier;
        Optional<String> text = reader.optionalText(
                key,
                "what makes the pods of tier " + tier
                        + ", `deployment/NAME` or `statefulset/NAME`; none: it is not scaled");
        int min = reader.count(
                "GATEWAY_KUBERNETES_REPLICAS_MIN_" + tier,
                MIN.getOrDefault(tier, 1),
                1,
                REPLICAS_MAX,
                "pods that tier " + tier + " is raised to at least when it needs any");
        int max = reader.count(
                "GATEWAY_KUBERNETES_REPLICAS_MAX_" + tier,
                MAX.getOrDefault(tier, 1),
                1,
                REPLICAS_MAX,
                "pods that tier " + tier + " is raised to at most");
        Duration zeroAfter = reader.duration(
                "GATEWAY_KUBERNETES_ZERO_AFTER_" + tier,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofDays(366),
                "tier " + tier + " is scaled to zero when none of its tenants was hot for this long; 0: never");
        if (min > max) {
            reader.problem("GATEWAY_KUBERNETES_REPLICAS_MIN_" + tier
                    + " must not exceed GATEWAY_KUBERNETES_REPLICAS_MAX_" + tier);
        }
        if (!zeroAfter.isZero() && zeroAfter.compareTo(MILLI.multipliedBy(100)) < 0) {
            reader.problem("GATEWAY_KUBERNETES_ZERO_AFTER_" + tier + " must be 0 or at least 100ms");
        }
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Optional<Workload> workload = Workload.parse(text.get());
        if (workload.isEmpty()) {
            reader.problem(key + " must be deployment/NAME or statefulset/NAME");
        }
        return workload.map(made -> new OfTier(made, min, max, zeroAfter));
    }

    public boolean isOn() {
        return !tiers.isEmpty();
    }
}
