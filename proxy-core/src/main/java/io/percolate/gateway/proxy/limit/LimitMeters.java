package io.percolate.gateway.proxy.limit;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** What limits have done, by tier and kind. */
final class LimitMeters {
    private final Map<Tier, Map<LimitKind, LongAdder>> refused = new EnumMap<>(Tier.class);
    private final Map<Tier, LongAdder> paused = new EnumMap<>(Tier.class);
    private final LongAdder shared = new LongAdder();

    LimitMeters() {
        for (Tier tier : Tier.values()) {
            Map<LimitKind, LongAdder> kinds = new EnumMap<>(LimitKind.class);
            for (LimitKind kind : LimitKind.values()) {
                kinds.put(kind, new LongAdder());
            }
            refused.put(tier, kinds);
            paused.put(tier, new LongAdder());
        }
    }

    void show(MeterRegistry registry, TenantLimiter limiter) {
        for (Tier tier : Tier.values()) {
            for (LimitKind kind : LimitKind.values()) {
                FunctionCounter.builder("router.limits.refused", this, counted -> counted.refusedCount(tier, kind))
                        .description("Requests that a limit of their tenant has refused")
                        .tag("tier", tier.name())
                        .tag("kind", kind.name().toLowerCase(Locale.ROOT))
                        .register(registry);
            }
            FunctionCounter.builder("router.limits.pauses", this, counted -> counted.pausedCount(tier))
                    .description("Pauses by which a tenant was kept to its bandwidth")
                    .tag("tier", tier.name())
                    .register(registry);
        }
        FunctionCounter.builder("router.limits.tenants.shared", shared, LongAdder::sum)
                .description("Requests of tenants that had to share one count of use, since too many were seen lately")
                .register(registry);
        Gauge.builder("router.limits.tenants", limiter, TenantLimiter::tenants)
                .description("Tenants whose use is kept in mind")
                .register(registry);
        Gauge.builder("router.limits.gateways", limiter, TenantLimiter::gateways)
                .description("Gateways that share what tenants may use")
                .register(registry);
        Gauge.builder("router.limits.leasing", limiter, known -> known.shared().isUp() ? 1 : 0)
                .description("Whether rates are leased from what all gateways share, rather than this one's part held")
                .register(registry);
    }

    void refused(Tier tier, LimitKind kind) {
        adder(tier, kind).increment();
    }

    long refusedCount(Tier tier, LimitKind kind) {
        return adder(tier, kind).sum();
    }

    void paused(Tier tier) {
        Objects.requireNonNull(paused.get(tier)).increment();
    }

    long pausedCount(Tier tier) {
        return Objects.requireNonNull(paused.get(tier)).sum();
    }

    void sharedOne() {
        shared.increment();
    }

    long sharedCount() {
        return shared.sum();
    }

    private LongAdder adder(Tier tier, LimitKind kind) {
        return Objects.requireNonNull(Objects.requireNonNull(refused.get(tier)).get(kind));
    }
}
