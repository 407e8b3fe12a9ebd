package io.percolate.gateway.warmup.placement;

import java.time.Duration;

/** What the cluster does for a tier and region in which no pod has room, by the word of the process that scales it. */
public sealed interface TierGrowth {
    /** Nothing is known to be done. */
    record Unknown() implements TierGrowth {}

    /** Pods are on their way. */
    record Growing() implements TierGrowth {}

    /**
     * There will be no pod.
     *
     * @param clientText may be told to anybody
     * @param detail the cluster's own words
     */
    record Refused(String clientText, Duration retryAfter, String detail) implements TierGrowth {}
}
