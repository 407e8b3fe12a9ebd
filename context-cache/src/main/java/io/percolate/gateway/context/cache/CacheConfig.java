package io.percolate.gateway.context.cache;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * How contexts are kept at hand.
 *
 * @param bytesMax of all contexts in the cache, on the heap
 * @param fresh how long a context is given out without asking the store whether it is still the one
 * @param staleMax how long after it was last known to be the one it may be given out while the store is unavailable
 * @param absentFresh how long a tenant is known to have no context
 */
public record CacheConfig(long bytesMax, Duration fresh, Duration staleMax, Duration absentFresh) {
    public static CacheConfig read(ConfigReader reader) {
        return new CacheConfig(
                reader.size(
                        "GATEWAY_CONTEXT_CACHE_BYTES",
                        64L << 20,
                        0,
                        1L << 40,
                        "memory for cached contexts, on the heap"),
                reader.duration(
                        "GATEWAY_CONTEXT_FRESH",
                        Duration.ofSeconds(30),
                        Duration.ZERO,
                        Duration.ofDays(1),
                        "how long a cached context is given out without asking S3"),
                reader.duration(
                        "GATEWAY_CONTEXT_STALE_MAX",
                        Duration.ofHours(1),
                        Duration.ZERO,
                        Duration.ofDays(7),
                        "how long a cached context is given out while S3 is unavailable"),
                reader.duration(
                        "GATEWAY_CONTEXT_ABSENT_FRESH",
                        Duration.ofSeconds(5),
                        Duration.ZERO,
                        Duration.ofHours(1),
                        "how long a tenant is known to have no context"));
    }
}
