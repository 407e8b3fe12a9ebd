package io.percolate.gateway.admin.lifecycle;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.eviction.EvictionConfig;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * When tenants leave memory, and their pod.
 *
 * @param interval between two looks
 * @param hotIdle a tenant that was not used for longer becomes warm, by tier
 * @param warmIdle one that was not used for longer becomes cold, by tier
 * @param freePercent of a tier's places that are kept free by evicting whoever was not used for longest
 * @param pressureIdleMin who was used within this time stays hot even when others wait for room
 * @param concurrency evictions at the same time
 * @param evictionsMax evictions of one look
 * @param retryAfter how long a tenant that could not be evicted is left alone
 * @param wakesAhead tenants woken by schedule at the same time
 */
public record LifeCycleConfig(
        boolean enabled,
        Duration interval,
        Map<Tier, Duration> hotIdle,
        Map<Tier, Duration> warmIdle,
        int freePercent,
        Duration pressureIdleMin,
        int concurrency,
        int evictionsMax,
        Duration retryAfter,
        int wakesAhead,
        EvictionConfig eviction) {
    private static final Duration HUNDRED_MILLIS = Duration.ofMillis(100);
    private static final Duration YEAR = Duration.ofDays(366);
    private static final Map<Tier, Duration> HOT_IDLE =
            Map.of(Tier.A, Duration.ofHours(4), Tier.B, Duration.ofHours(1), Tier.C, Duration.ofMinutes(15));
    private static final Map<Tier, Duration> WARM_IDLE =
            Map.of(Tier.A, Duration.ofDays(14), Tier.B, Duration.ofDays(7), Tier.C, Duration.ofDays(2));

    public static LifeCycleConfig read(ConfigReader reader) {
        LifeCycleConfig config = new LifeCycleConfig(
                reader.flag(
                        "GATEWAY_LIFECYCLE_ENABLED", true, "whether idle tenants leave memory and pods by themselves"),
                reader.duration(
                        "GATEWAY_LIFECYCLE_INTERVAL",
                        Duration.ofSeconds(1),
                        HUNDRED_MILLIS,
                        Duration.ofHours(1),
                        "how often the fleet's tenants are looked over"),
                idle(reader, "GATEWAY_LIFECYCLE_HOT_IDLE_", HOT_IDLE, "goes from its pod's memory to its disk"),
                idle(reader, "GATEWAY_LIFECYCLE_WARM_IDLE_", WARM_IDLE, "goes from its pod's disk to S3"),
                reader.count(
                        "GATEWAY_LIFECYCLE_FREE_PERCENT",
                        10,
                        0,
                        100,
                        "share of a tier's places that is kept free for wakes, at the cost of who was idle for longest"),
                reader.duration(
                        "GATEWAY_LIFECYCLE_PRESSURE_IDLE_MIN",
                        Duration.ofSeconds(30),
                        Duration.ZERO,
                        Duration.ofDays(1),
                        "a tenant used within this time keeps its place, even when others wait for one; last accesses are"
                                + " written every GATEWAY_OPS_ACTIVITY_INTERVAL, so well above twice that"),
                reader.count("GATEWAY_LIFECYCLE_CONCURRENCY", 8, 1, 1_000, "evictions at the same time"),
                reader.count("GATEWAY_LIFECYCLE_EVICTIONS_MAX", 200, 1, 100_000, "evictions begun by one look"),
                reader.duration(
                        "GATEWAY_LIFECYCLE_RETRY_AFTER",
                        Duration.ofSeconds(30),
                        Duration.ZERO,
                        Duration.ofDays(1),
                        "how long a tenant that could not be evicted is left alone"),
                reader.count(
                        "GATEWAY_LIFECYCLE_WAKES_AHEAD_MAX",
                        16,
                        1,
                        10_000,
                        "tenants woken at the same time because their schedule says so"),
                EvictionConfig.read(reader));
        for (Tier tier : Tier.values()) {
            if (config.hotIdle(tier).compareTo(config.warmIdle(tier)) > 0) {
                reader.problem(
                        "GATEWAY_LIFECYCLE_HOT_IDLE_" + tier + " must not exceed GATEWAY_LIFECYCLE_WARM_IDLE_" + tier);
            }
        }
        return config;
    }

    Duration hotIdle(Tier tier) {
        return hotIdle.getOrDefault(tier, YEAR);
    }

    Duration warmIdle(Tier tier) {
        return warmIdle.getOrDefault(tier, YEAR);
    }

    private static Map<Tier, Duration> idle(
            ConfigReader reader, String prefix, Map<Tier, Duration> defaults, String what) {
        Map<Tier, Duration> idle = new EnumMap<>(Tier.class);
        for (Tier tier : Tier.values()) {
            idle.put(
                    tier,
                    reader.duration(
                            prefix + tier,
                            defaults.getOrDefault(tier, YEAR),
                            HUNDRED_MILLIS,
                            YEAR,
                            "a tenant of tier " + tier + " that was not used for longer " + what));
        }
        return Map.copyOf(idle);
    }
}
