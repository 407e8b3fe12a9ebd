package io.percolate.gateway.routing.directory;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Why the directory would answer as it does.
 *
 * @param source where the entry came from
 * @param age since it was loaded or last confirmed
 * @param stale why it is served although it could not be confirmed; null when it is confirmed
 */
public record RouteExplanation(
        RouteLookup lookup,
        Source source,
        Duration age,
        @Nullable String stale) {
    /** Where an entry came from. */
    public enum Source {
        POSTGRES,
        /** A read replica, which lacked no change that was known. */
        REPLICA,
        /** The second level; PostgreSQL has not confirmed it yet. */
        SHARED,
        NOTIFICATION,
        LEARNED
    }
}
