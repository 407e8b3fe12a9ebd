package io.percolate.gateway.proxy.noise;

import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The tenants that took most in one window, by what it was of.
 *
 * @param shares most first
 * @param totals of all tenants
 */
public record TopTenants(Duration window, Map<TenantMeasure, List<Share>> shares, Map<TenantMeasure, Long> totals) {
    public static final TopTenants NONE = new TopTenants(Duration.ZERO, Map.of(), Map.of());

    public TopTenants {
        shares = Map.copyOf(shares);
        totals = Map.copyOf(totals);
    }

    /**
     * A tenant's part.
     *
     * @param value in the unit of the measure; may be a little too high, never too low
     * @param part of the total, at most 1
     */
    public record Share(TenantId tenant, long value, double part) {}

    public List<Share> of(TenantMeasure measure) {
        return shares.getOrDefault(measure, List.of());
    }

    public long total(TenantMeasure measure) {
        return totals.getOrDefault(measure, 0L);
    }
}
