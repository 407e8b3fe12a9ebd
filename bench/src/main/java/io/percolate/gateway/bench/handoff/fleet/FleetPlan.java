package io.percolate.gateway.bench.handoff.fleet;

import io.percolate.gateway.routing.tenant.Tier;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What a fleet is made of.
 *
 * @param pods of each tier
 * @param tenants of each tier
 * @param movesPerSecond of all movers together
 * @param podCapacity hot tenants of one pod at most
 * @param linked members that reach PostgreSQL by a link of their own, which can be split
 */
public record FleetPlan(
        Map<Tier, Integer> pods,
        int gateways,
        int movers,
        int managers,
        Map<Tier, Integer> tenants,
        double movesPerSecond,
        int podCapacity,
        Settings settings,
        Set<String> linked,
        long seed) {

    /**
     * Configuration beyond what a fleet sets by itself.
     *
     * @param all of every process
     */
    public record Settings(Map<String, String> all, Map<String, String> gateways, Map<String, String> managers) {
        public static final Settings NONE = new Settings(Map.of(), Map.of(), Map.of());
    }

    /** Pods of tier C alone, any of which may come to have all tenants, and movers. */
    public static FleetPlan ofMoves(int pods, int gateways, int movers, int tenants, double movesPerSecond, long seed) {
        // A pod that is killed here is back within seconds, on a machine that is busy with it.
        Map<String, String> gatewaysWait = Map.of(
                "GATEWAY_COLD_MOVE_HOLD_LIMIT", "30s",
                "GATEWAY_WAKE_HOLDER_WAIT", "20s",
                "GATEWAY_WAKE_LEASE", "2s");
        return new FleetPlan(
                Map.of(Tier.C, pods),
                gateways,
                movers,
                0,
                Map.of(Tier.C, tenants),
                movesPerSecond,
                tenants * 2,
                new Settings(Map.of(), gatewaysWait, Map.of()),
                Set.of(),
                seed);
    }

    /** The name of a tier's pod. */
    public static String podName(Tier tier, int index) {
        return "pod-" + tier.name().toLowerCase(Locale.ROOT) + "-" + index;
    }

    /** The name of a gateway. */
    public static String gatewayName(int index) {
        return "gateway-" + index;
    }
}
