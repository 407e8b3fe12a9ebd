package io.percolate.gateway.proxy.resilience;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * When a pod is taken for broken and left alone for a while; zero for a count switches its rule off.
 *
 * @param consecutive5xx answers of 5xx in a row, or none at all
 * @param consecutiveGateway answers of 502, 503 and 504 in a row, or none at all
 * @param consecutiveConnects connections in a row that the pod did not accept
 * @param tenantsMin whose requests must have failed: one tenant's own trouble is not its neighbours'
 * @param interval between looks at success rates
 * @param ejection for the first time; twice as long each next time, up to {@code ejectionMax}
 * @param ejectedPercent of a tier's pods that may be ejected at once; one may be in any case
 * @param panicPercent of a tier's pods: when more are ejected, none is left alone
 * @param reentry over which a pod that comes back is given ever more
 * @param successRatePodsMin pods with enough requests that there must be for their rates to be compared
 * @param successRateDeviationPercent of the standard deviation, by how much less than the mean a rate may be
 */
public record OutlierConfig(
        int consecutive5xx,
        int consecutiveGateway,
        int consecutiveConnects,
        int tenantsMin,
        Duration interval,
        Duration ejection,
        Duration ejectionMax,
        Map<Tier, Integer> ejectedPercent,
        int panicPercent,
        Duration reentry,
        int successRatePodsMin,
        int successRateRequestsMin,
        int successRateDeviationPercent) {

    private static final int COUNT_MAX = 1_000_000;
    private static final Duration SECOND = Duration.ofSeconds(1);

    public OutlierConfig {
        ejectedPercent = Map.copyOf(ejectedPercent);
    }

    /** Reads the keys {@code GATEWAY_OUTLIER_*}. */
    static OutlierConfig read(ConfigReader reader) {
        Map<Tier, Integer> ejectedPercent = new EnumMap<>(Tier.class);
        for (Tier tier : Tier.values()) {
            ejectedPercent.put(
                    tier,
                    reader.count(
                            "GATEWAY_OUTLIER_EJECTED_PERCENT_TIER_" + tier.name(),
                            30,
                            0,
                            100,
                            "pods of tier " + tier.name()
                                    + " in use that may be ejected at once; one may be in any case, 0 for none at all"));
        }
        return new OutlierConfig(
                count(reader, "CONSECUTIVE_5XX", 5, "requests in a row answered 5xx, or not at all, that eject a pod"),
                count(
                        reader,
                        "CONSECUTIVE_GATEWAY",
                        5,
                        "requests in a row answered 502, 503 or 504, or not at all, that eject a pod"),
                count(reader, "CONSECUTIVE_CONNECTS", 5, "connections in a row that were not accepted"),
                reader.count(
                        "GATEWAY_OUTLIER_TENANTS_MIN",
                        2,
                        1,
                        16,
                        "tenants whose requests must be among those that failed: one tenant's trouble ejects no pod"),
                duration(reader, "INTERVAL", 10, "between comparisons of success rates"),
                duration(reader, "EJECTION_TIME", 30, "a pod is left alone; twice as long each next time"),
                duration(reader, "EJECTION_TIME_MAX", 300, "the longest that a pod is left alone"),
                ejectedPercent,
                reader.count(
                        "GATEWAY_OUTLIER_PANIC_PERCENT",
                        50,
                        0,
                        100,
                        "of a tier's pods in use: while more are ejected, ejections are ignored"),
                reader.duration(
                        "GATEWAY_OUTLIER_REENTRY_TIME",
                        Duration.ofSeconds(10),
                        Duration.ZERO,
                        Duration.ofHours(1),
                        "over which a pod that was ejected is given ever more requests at once"),
                reader.count(
                        "GATEWAY_OUTLIER_SUCCESS_RATE_PODS_MIN",
                        5,
                        0,
                        COUNT_MAX,
                        "pods of a tier with enough requests for their success rates to be compared; 0 for never"),
                reader.count(
                        "GATEWAY_OUTLIER_SUCCESS_RATE_REQUESTS_MIN",
                        100,
                        1,
                        COUNT_MAX,
                        "requests within the interval that are enough"),
                reader.count(
                        "GATEWAY_OUTLIER_SUCCESS_RATE_DEVIATION_PERCENT",
                        190,
                        1,
                        10_000,
                        "of the standard deviation: a rate below the mean by more ejects its pod"));
    }

    OutlierConfig withoutEjection() {
        Map<Tier, Integer> none = new EnumMap<>(Tier.class);
        for (Tier tier : Tier.values()) {
            none.put(tier, 0);
        }
        return new OutlierConfig(
                0,
                0,
                0,
                tenantsMin,
                interval,
                ejection,
                ejectionMax,
                none,
                panicPercent,
                reentry,
                0,
                successRateRequestsMin,
                successRateDeviationPercent);
    }

    private static int count(ConfigReader reader, String key, int defaultValue, String description) {
        return reader.count("GATEWAY_OUTLIER_" + key, defaultValue, 0, COUNT_MAX, description + "; 0 for never");
    }

    private static Duration duration(ConfigReader reader, String key, int seconds, String description) {
        return reader.duration(
                "GATEWAY_OUTLIER_" + key, Duration.ofSeconds(seconds), SECOND, Duration.ofHours(24), description);
    }

    int ejectedPercent(Tier tier) {
        return Objects.requireNonNull(ejectedPercent.get(tier));
    }

    /** How long the ejection lasts that comes after so many others. */
    long ejectionNanos(int earlier) {
        long nanos = ejection.toNanos() << Math.min(earlier, 12);
        return Math.min(nanos, Math.max(ejection.toNanos(), ejectionMax.toNanos()));
    }
}
