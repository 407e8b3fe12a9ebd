package io.percolate.gateway.routing.invalidation;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Whether news arrives, for readiness and for people.
 *
 * @param lag how long the last probe took through PostgreSQL's notification queue; null before the first
 * @param silence time since the last sign of life; null when there was none yet
 */
public record NewsStatus(
        boolean connected, @Nullable Duration lag, @Nullable Duration silence) {}
