package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * How routes are kept.
 *
 * @param entriesMax routes and unknown tenants kept at most
 * @param staleMax how long a known tenant is served after its route was last confirmed
 * @param unknownTtl how long a tenant counts as unknown without asking again
 * @param revalidateAfter how often an entry in use is loaded anew while changes are not heard
 * @param refreshWithin a route that was used within this time is loaded anew as soon as it changes
 * @param loadTimeout how long who asks waits for PostgreSQL
 * @param batchMax tenants loaded by one query
 * @param queriesMax queries for routes under way at a time; should leave most of the pool to others
 */
public record DirectoryConfig(
        int entriesMax,
        Duration staleMax,
        Duration unknownTtl,
        Duration revalidateAfter,
        Duration refreshWithin,
        Duration loadTimeout,
        int batchMax,
        int queriesMax) {
    public static DirectoryConfig read(ConfigReader reader) {
        return new DirectoryConfig(
                reader.count("GATEWAY_ROUTES_MAX", 1_000_000, 1, 100_000_000, "routes kept in memory at most"),
                reader.duration(
                        "GATEWAY_ROUTES_STALE_MAX",
                        Duration.ofHours(1),
                        Duration.ZERO,
                        Duration.ofDays(7),
                        "how long known tenants are served while PostgreSQL cannot confirm their routes"),
                reader.duration(
                        "GATEWAY_ROUTES_UNKNOWN_TTL",
                        Duration.ofSeconds(5),
                        Duration.ZERO,
                        Duration.ofMinutes(5),
                        "how long a tenant counts as unknown without asking again"),
                reader.duration(
                        "GATEWAY_ROUTES_REVALIDATE_AFTER",
                        Duration.ofSeconds(2),
                        Duration.ofMillis(50),
                        Duration.ofMinutes(5),
                        "how often a route in use is loaded anew while changes are not heard"),
                reader.duration(
                        "GATEWAY_ROUTES_REFRESH_WITHIN",
                        Duration.ofMinutes(1),
                        Duration.ZERO,
                        Duration.ofDays(1),
                        "routes used within this time are loaded as soon as they change, others when asked for"),
                reader.duration(
                        "GATEWAY_ROUTES_LOAD_TIMEOUT",
                        Duration.ofSeconds(1),
                        Duration.ofMillis(10),
                        Duration.ofMinutes(1),
                        "how long a request waits for a route to be loaded"),
                reader.count(
                        "GATEWAY_ROUTES_BATCH_MAX", RouteLoader.BATCH_MAX, 1, 10_000, "routes loaded by one query"),
                reader.count(
                        "GATEWAY_ROUTES_QUERIES_MAX",
                        RouteLoader.QUERIES_MAX,
                        1,
                        100,
                        "queries for routes under way at a time"));
    }
}
