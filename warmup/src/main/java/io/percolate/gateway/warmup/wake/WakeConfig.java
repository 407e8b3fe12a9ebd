package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * Bounds of the wake.
 *
 * @param timeout how long a caller waits at most
 * @param lease how long a claim outlives the process that holds it; renewed each third of it
 * @param flightsMax tenants that this process wakes at the same time
 * @param databaseConcurrency units of work of its wakes that this process has on the database at once; more wait in turn
 * @param waitersMax callers that wait for one tenant
 * @param releaseBatch waiters released at once when the tenant is hot, so that they do not flood its pod
 * @param releaseInterval between two such batches
 * @param candidatesMax pods tried before a wake gives up for lack of room
 * @param restartsMax times that a wake starts over because a pod knew a newer epoch
 * @param busyLimit how long a tenant that is to be handed off may stay busy
 * @param busyInterval between two attempts to evict a busy tenant
 * @param roomWait how long a wake waits for a pod with room before it fails
 * @param scaleWait the same, while the cluster is known to be starting pods for the tier
 * @param holderWait how long a wake waits for the pod that has the newest data and does not answer
 * @param rates wakes that this process begins a second, by tier
 * @param backoffMin after the first failure; doubled with each one in a row
 */
public record WakeConfig(
        Duration timeout,
        Duration lease,
        int flightsMax,
        int databaseConcurrency,
        int waitersMax,
        int releaseBatch,
        Duration releaseInterval,
        int candidatesMax,
        int restartsMax,
        Duration busyLimit,
        Duration busyInterval,
        Duration roomWait,
        Duration scaleWait,
        Duration holderWait,
        Map<Tier, Integer> rates,
        Duration backoffMin,
        Duration backoffMax) {
    private static final Duration MILLI = Duration.ofMillis(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);

    private static final Map<Tier, Integer> RATES = Map.of(Tier.A, 1_000, Tier.B, 500, Tier.C, 250);

    private static Map<Tier, Integer> rates(ConfigReader reader) {
        Map<Tier, Integer> rates = new EnumMap<>(Tier.class);
        for (Tier tier : Tier.values()) {
            rates.put(
                    tier,
                    reader.count(
                            "GATEWAY_WAKE_RATE_" + tier,
                            RATES.getOrDefault(tier, 1),
                            1,
                            1_000_000,
                            "wakes of tier " + tier + " that this process begins a second; more wait for their turn"));
        }
        return Map.copyOf(rates);
    }

    public static WakeConfig read(ConfigReader reader) {
        WakeConfig config = new WakeConfig(
                reader.duration(
                        "GATEWAY_WAKE_TIMEOUT",
                        Duration.ofSeconds(60),
                        Duration.ofMillis(100),
                        HOUR,
                        "how long a request waits for its tenant's wake at most"),
                reader.duration(
                        "GATEWAY_WAKE_LEASE",
                        Duration.ofSeconds(5),
                        Duration.ofMillis(100),
                        HOUR,
                        "how long a claim on a wake outlives the process that holds it"),
                reader.count("GATEWAY_WAKE_FLIGHTS_MAX", 2_000, 1, 1_000_000, "tenants woken at the same time"),
                reader.count(
                        "GATEWAY_WAKE_DATABASE_CONCURRENCY",
                        8,
                        1,
                        1_000,
                        "work of wakes on PostgreSQL at once; fewer than GATEWAY_DB_POOL_SIZE leave the rest to routes"),
                reader.count("GATEWAY_WAKE_WAITERS_MAX", 5_000, 1, 1_000_000, "requests that wait for one tenant"),
                reader.count(
                        "GATEWAY_WAKE_RELEASE_BATCH", 64, 1, 1_000_000, "waiting requests released to a pod at once"),
                reader.duration(
                        "GATEWAY_WAKE_RELEASE_INTERVAL",
                        Duration.ofMillis(10),
                        Duration.ZERO,
                        MINUTE,
                        "wait between two batches of released requests"),
                reader.count("GATEWAY_WAKE_CANDIDATES_MAX", 3, 1, 100, "pods tried for one wake"),
                reader.count(
                        "GATEWAY_WAKE_RESTARTS_MAX",
                        3,
                        0,
                        100,
                        "times a wake starts over because a pod knew a newer epoch"),
                reader.duration(
                        "GATEWAY_WAKE_BUSY_LIMIT",
                        Duration.ofSeconds(3),
                        Duration.ZERO,
                        HOUR,
                        "how long a hand-off waits for the tenant's running requests"),
                reader.duration(
                        "GATEWAY_WAKE_BUSY_INTERVAL",
                        Duration.ofMillis(20),
                        MILLI,
                        MINUTE,
                        "wait between two attempts to evict a busy tenant"),
                reader.duration(
                        "GATEWAY_WAKE_ROOM_WAIT",
                        Duration.ofSeconds(10),
                        Duration.ZERO,
                        HOUR,
                        "how long a wake waits for a place when all pods of its tier are full"),
                reader.duration(
                        "GATEWAY_WAKE_SCALE_WAIT",
                        Duration.ofSeconds(50),
                        Duration.ZERO,
                        HOUR,
                        "how long it waits while the cluster is starting pods for its tier"),
                reader.duration(
                        "GATEWAY_WAKE_HOLDER_WAIT",
                        Duration.ofSeconds(5),
                        Duration.ZERO,
                        HOUR,
                        "how long a wake waits for a pod that has the tenant's newest data and does not answer"),
                rates(reader),
                reader.duration(
                        "GATEWAY_WAKE_BACKOFF_MIN",
                        Duration.ofMillis(250),
                        MILLI,
                        HOUR,
                        "Back-off after the first failed wake; doubled with each one in a row"),
                reader.duration(
                        "GATEWAY_WAKE_BACKOFF_MAX", Duration.ofSeconds(30), MILLI, HOUR, "longest back-off of a wake"));
        if (config.backoffMin.compareTo(config.backoffMax) > 0) {
            reader.problem("GATEWAY_WAKE_BACKOFF_MIN must not exceed GATEWAY_WAKE_BACKOFF_MAX");
        }
        return config;
    }
}
