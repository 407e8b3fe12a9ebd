package io.percolate.gateway.proxy.resilience;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * What one pod of each tier is given at once by this process, over all event loops.
 *
 * @param adaptive whether the number of requests that wait for a pod's answer is found out by its latency
 * @param concurrencyMin the least that this number is brought down to
 * @param measureInterval between measurements of the latency that a pod has with little to do
 */
public record PodLimits(
        Map<Tier, Bounds> byTier, boolean adaptive, int concurrencyMin, int concurrencyMax, Duration measureInterval) {

    /**
     * The bounds of a pod.
     *
     * @param connections opened or being opened
     * @param pending requests that wait for a connection or their turn
     * @param requests begun and not answered to their end
     */
    public record Bounds(int connections, int pending, int requests) {}

    private static final int COUNT_MAX = 1_000_000;

    public PodLimits {
        byTier = Map.copyOf(byTier);
    }

    /** Reads the keys {@code GATEWAY_POD_*}. */
    static PodLimits read(ConfigReader reader) {
        Map<Tier, Bounds> byTier = new EnumMap<>(Tier.class);
        for (Tier tier : Tier.values()) {
            byTier.put(
                    tier,
                    new Bounds(
                            count(reader, "CONNECTIONS", tier, 1_024, "connections to one pod of tier "),
                            count(reader, "PENDING", tier, 2_048, "requests that wait for one pod of tier "),
                            count(reader, "REQUESTS", tier, 4_096, "requests under way at one pod of tier ")));
        }
        PodLimits limits = new PodLimits(
                byTier,
                reader.flag(
                        "GATEWAY_POD_CONCURRENCY",
                        false,
                        "whether the requests that may wait for a pod's answer at once are found out by its latency; not"
                                + " for pods whose requests wait on purpose (long polls)"),
                reader.count("GATEWAY_POD_CONCURRENCY_MIN", 16, 1, COUNT_MAX, "the least of them"),
                reader.count("GATEWAY_POD_CONCURRENCY_MAX", 1_024, 1, COUNT_MAX, "the most of them"),
                reader.duration(
                        "GATEWAY_POD_CONCURRENCY_MEASURE_INTERVAL",
                        Duration.ofMinutes(1),
                        Duration.ofSeconds(1),
                        Duration.ofHours(1),
                        "between measurements of a pod's latency with little to do"));
        if (limits.concurrencyMin > limits.concurrencyMax) {
            reader.problem("GATEWAY_POD_CONCURRENCY_MIN must not be more than GATEWAY_POD_CONCURRENCY_MAX");
        }
        return limits;
    }

    private static int count(ConfigReader reader, String what, Tier tier, int defaultValue, String description) {
        return reader.count(
                "GATEWAY_POD_" + what + "_MAX_TIER_" + tier.name(),
                defaultValue,
                1,
                COUNT_MAX,
                description + tier.name() + ", in this process");
    }

    Bounds of(Tier tier) {
        return Objects.requireNonNull(byTier.get(tier));
    }
}
