package io.percolate.gateway.proxy.limit;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * What tenants may use.
 *
 * @param tenantsMax whose use is kept in mind, each for itself; those beyond share some
 * @param usageInterval between batches in which months' requests are written
 */
public record LimitsConfig(
        boolean enabled,
        Map<Tier, TierLimits> tiers,
        int tenantsMax,
        Told told,
        MonthSpent monthSpent,
        Duration usageInterval) {

    /** Which answers say what is left. */
    public enum Told {
        NEVER,
        /** Those that a limit refuses. */
        REFUSED,
        /** Those of pods, too. */
        ALWAYS
    }

    /** How a request is refused whose tenant has spent its month. */
    public enum MonthSpent {
        TOO_MANY_REQUESTS(FailureKind.TENANT_MONTH_SPENT),
        PAYMENT_REQUIRED(FailureKind.TENANT_MONTH_UNPAID),
        FORBIDDEN(FailureKind.TENANT_MONTH_FORBIDDEN);

        private final FailureKind failure;

        MonthSpent(FailureKind failure) {
            this.failure = failure;
        }

        FailureKind failure() {
            return failure;
        }
    }

    public LimitsConfig {
        tiers = Map.copyOf(tiers);
    }

    /** Reads the keys {@code GATEWAY_LIMITS_*}. */
    public static LimitsConfig read(ConfigReader reader) {
        boolean enabled = reader.flag(
                "GATEWAY_LIMITS_ENABLED", true, "whether tenants have limits, those of their plans included");
        Map<Tier, TierLimits> tiers = new EnumMap<>(Tier.class);
        for (Tier tier : Tier.values()) {
            tiers.put(tier, TierLimits.read(reader, tier));
        }
        return new LimitsConfig(
                enabled,
                tiers,
                reader.count(
                        "GATEWAY_LIMITS_TENANTS_MAX",
                        200_000,
                        1,
                        10_000_000,
                        "tenants seen lately whose use is kept in mind (some 200 bytes each); those beyond share some"),
                reader.choice(
                        "GATEWAY_LIMITS_TOLD",
                        Told.class,
                        Told.REFUSED,
                        "which answers have the fields RateLimit and RateLimit-Policy"),
                reader.choice(
                        "GATEWAY_LIMITS_MONTH_SPENT",
                        MonthSpent.class,
                        MonthSpent.TOO_MANY_REQUESTS,
                        "how requests are refused once the month's are spent: 429, 402 or 403"),
                reader.duration(
                        "GATEWAY_LIMITS_USAGE_INTERVAL",
                        Duration.ofSeconds(2),
                        Duration.ofMillis(50),
                        Duration.ofMinutes(5),
                        "between batches of the months' requests; what a crash loses, and gateways do not know of each"
                                + " other"));
    }

    TierLimits of(Tier tier) {
        return tiers.getOrDefault(tier, TierLimits.NONE);
    }
}
