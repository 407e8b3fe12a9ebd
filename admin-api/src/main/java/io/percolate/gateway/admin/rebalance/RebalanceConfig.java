package io.percolate.gateway.admin.rebalance;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/**
 * How pods are loaded alike.
 *
 * @param tiers whose tenants may be moved for it
 * @param ratioPercentMax of the fullest pod to the mean
 * @param settle a tenant that was moved, woken or evicted within this time stays
 */
public record RebalanceConfig(
        Set<Tier> tiers, int ratioPercentMax, int movesMax, int concurrencyMax, int movesPerHourMax, Duration settle) {
    public static RebalanceConfig read(ConfigReader reader) {
        Set<Tier> tiers = EnumSet.noneOf(Tier.class);
        for (Tier tier : Tier.values()) {
            if (reader.flag(
                    "MANAGEMENT_REBALANCE_TIER_" + tier,
                    tier != Tier.A,
                    "whether tenants of tier " + tier + " are moved so that its pods are loaded alike")) {
                tiers.add(tier);
            }
        }
        return new RebalanceConfig(
                Set.copyOf(tiers),
                reader.count(
                        "MANAGEMENT_REBALANCE_RATIO_PERCENT",
                        125,
                        101,
                        1_000,
                        "load of a tier's fullest pod in relation to the mean that is left alone"),
                reader.count("MANAGEMENT_REBALANCE_MOVES_MAX", 200, 1, 100_000, "moves of one rebalancing at most"),
                reader.count("MANAGEMENT_REBALANCE_CONCURRENCY", 2, 1, 1_000, "its moves at the same time"),
                reader.count(
                        "MANAGEMENT_REBALANCE_MOVES_PER_HOUR", 120, 1, 1_000_000, "its moves an hour, evenly spread"),
                reader.duration(
                        "MANAGEMENT_REBALANCE_SETTLE",
                        Duration.ofMinutes(10),
                        Duration.ZERO,
                        Duration.ofDays(7),
                        "a tenant that came to its pod within this time is left there"));
    }

    double ratioMax() {
        return ratioPercentMax / 100.0;
    }
}
