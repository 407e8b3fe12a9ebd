package io.percolate.gateway.proxy.limit;

import io.percolate.gateway.routing.tenant.PlanLimits;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One limit that holds for a tenant, for people.
 *
 * @param value 0 for as much as it likes, but where the plan says so
 * @param from "plan" or "tier"
 */
public record LimitView(long value, String from) {
    static Map<String, LimitView> of(HeldLimits held, TierLimits tier, PlanLimits plan) {
        Map<String, LimitView> all = new LinkedHashMap<>();
        add(all, "requests_per_second", held.requestsPerSecond(), plan.requestsPerSecond());
        // A plan's rate brings a burst of its own.
        add(
                all,
                "burst",
                held.intervalNanos() == 0 ? 0 : held.burst(),
                plan.burst() == null ? plan.requestsPerSecond() : plan.burst());
        add(all, "concurrent_requests", held.concurrentRequests(), plan.concurrentRequests());
        add(all, "connections_per_second", held.connectionsPerSecond(), null);
        add(all, "bandwidth_bytes_per_second", held.bandwidthBytesPerSecond(), plan.bandwidthBytesPerSecond());
        Long websockets = plan.websocketsMax();
        add(all, "websockets_max", websockets == null ? tier.websocketsMax() : websockets, websockets);
        add(all, "requests_per_month", Math.max(0, held.requestsPerMonth()), plan.requestsPerMonth());
        return all;
    }

    private static void add(Map<String, LimitView> all, String name, long value, @Nullable Long ofPlan) {
        all.put(name, new LimitView(value, ofPlan == null ? "tier" : "plan"));
    }
}
