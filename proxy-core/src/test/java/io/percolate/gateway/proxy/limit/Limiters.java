package io.percolate.gateway.proxy.limit;

import io.percolate.gateway.proxy.usage.MonthlyUsage;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.quota.SharedQuotas;
import io.percolate.gateway.routing.tenant.PlanLimits;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** Limiters of some settings, and who asks them. */
final class Limiters {
    private Limiters() {}

    static LimitsConfig config(String... settings) {
        Map<String, String> environment = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            environment.put("GATEWAY_LIMITS_" + settings[i], settings[i + 1]);
        }
        ConfigReader reader = new ConfigReader(ConfigSource.of(environment));
        LimitsConfig config = LimitsConfig.read(reader);
        reader.finish();
        return config;
    }

    static TenantLimiter of(SharedQuotas shared, IntSupplier gateways, String... settings) {
        LimitsConfig config = config(settings);
        return new TenantLimiter(
                config, shared, gateways, MonthlyUsage.ofThisProcess(config.tenantsMax(), Clock.systemUTC()));
    }

    static TenantRoute route(UUID tenant, PlanLimits plan) {
        return new TenantRoute(
                new TenantId(tenant),
                Tier.B,
                TenantStatus.ACTIVE,
                SecurityMode.NODE_BASED,
                Residency.COLD,
                null,
                0,
                "default",
                null,
                null,
                1,
                plan);
    }

    /** Only a rate and what may come at once. */
    static PlanLimits rate(long perSecond, long burst) {
        return new PlanLimits(perSecond, burst, null, null, null, null, null);
    }

    /** Sends requests to a limiter. */
    static final class Client implements LimitedRequest {
        private final TenantLimiter limiter;
        private final boolean opens;
        private @Nullable TenantAllowance place;

        Client(TenantLimiter limiter) {
            this(limiter, false);
        }

        Client(TenantLimiter limiter, boolean opens) {
            this.limiter = limiter;
            this.opens = opens;
        }

        @Override
        public boolean opensConnection() {
            return opens;
        }

        @Override
        public void admitted(TenantAllowance allowance) {
            place = allowance;
        }

        /** A request that goes on until {@link #end}; null when it was let in. */
        @Nullable
        Failure begin(TenantRoute route, long nowNanos) {
            return limiter.refusal(route, nowNanos, this);
        }

        TenantLimiter.@Nullable UseView limiterUse(TenantRoute route) {
            return limiter.use(route.tenant());
        }

        void end() {
            TenantAllowance left = place;
            if (left != null) {
                left.over();
            }
        }

        /** Whether a request of no length was let in. */
        boolean sends(TenantRoute route, long nowNanos) {
            if (begin(route, nowNanos) != null) {
                return false;
            }
            end();
            return true;
        }
    }
}
