package io.percolate.gateway.proxy.limit;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.Tier;

/**
 * What tenants of a tier may use whose plans say nothing else, each over the whole fleet; 0 for as much as they like.
 *
 * @param burst requests that may come at once after a pause; 0 for two seconds' worth
 * @param connectionsPerSecond new ones, known by their first request
 * @param bandwidthBytesPerSecond in each direction
 * @param websocketsMax of one process; 0 for what holds for all tiers
 */
public record TierLimits(
        int requestsPerSecond,
        int burst,
        int concurrentRequests,
        int connectionsPerSecond,
        long bandwidthBytesPerSecond,
        int websocketsMax,
        int requestsPerMonth) {

    /** As much as they like. */
    public static final TierLimits NONE = new TierLimits(0, 0, 0, 0, 0, 0, 0);

    private static final long TIB = 1L << 40;

    static TierLimits read(ConfigReader reader, Tier tier) {
        int perSecond = switch (tier) {
            case A -> 10_000;
            case B -> 2_000;
            case C -> 500;
        };
        String of = "_TIER_" + tier;
        return new TierLimits(
                count(reader, "REQUESTS_PER_SECOND" + of, perSecond, "requests a second of a tenant"),
                reader.count(
                        "GATEWAY_LIMITS_BURST" + of,
                        0,
                        0,
                        Integer.MAX_VALUE,
                        "requests of a tenant that may come at once after a pause; 0 for two seconds' worth"),
                count(reader, "CONCURRENT_REQUESTS" + of, perSecond, "requests of a tenant under way at once"),
                count(reader, "CONNECTIONS_PER_SECOND" + of, 0, "new connections a second of a tenant"),
                reader.size(
                        "GATEWAY_LIMITS_BANDWIDTH" + of,
                        0,
                        0,
                        TIB,
                        "bytes a second of a tenant in each direction, kept by pauses; 0 for any"),
                reader.count(
                        "GATEWAY_LIMITS_WEBSOCKETS_MAX" + of,
                        0,
                        0,
                        10_000_000,
                        "WebSockets of a tenant in one process; 0 for GATEWAY_WEBSOCKET_TENANT_MAX"),
                count(reader, "REQUESTS_PER_MONTH" + of, 0, "requests of a tenant in a month (UTC)"));
    }

    private static int count(ConfigReader reader, String name, int defaultValue, String description) {
        return reader.count("GATEWAY_LIMITS_" + name, defaultValue, 0, Integer.MAX_VALUE, description + "; 0 for any");
    }
}
