package io.percolate.gateway.proxy.path;

import io.percolate.gateway.warmup.wake.WakePhases;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a client is told of the time that its request was held: {@code Server-Timing} (W3C Server Timing, 2023). */
final class ServerTiming {
    private ServerTiming() {}

    /**
     * {@code queue} is what the request waited beyond its tenant's wake: for its turn, or for another process's wake.
     *
     * @param wake null when this process did not see it
     */
    static String ofHold(long heldNanos, @Nullable WakePhases wake) {
        if (wake == null) {
            return part("queue", heldNanos);
        }
        return queue(heldNanos, wake) + ", " + part("place", wake.placeNanos()) + ", "
                + part("scale", wake.scaleNanos()) + ", " + part("load", wake.loadNanos()) + ", "
                + part("probe", wake.probeNanos());
    }

    /**
     * The same of a request that is still held: how long its tenant's wake takes by experience, and the phases that have
     * begun.
     *
     * @param wake null when this process does not work on it
     */
    static String soFar(Duration estimate, long heldNanos, @Nullable WakePhases wake) {
        String timing = part("wake;desc=\"estimated\"", estimate.toNanos()) + ", ";
        return wake == null
                ? timing + part("queue", heldNanos)
                : timing
                        + queue(heldNanos, wake)
                        + begun("place", wake.placeNanos())
                        + begun("scale", wake.scaleNanos())
                        + begun("load", wake.loadNanos())
                        + begun("probe", wake.probeNanos());
    }

    private static String queue(long heldNanos, WakePhases wake) {
        return part("queue", Math.max(0, heldNanos - wake.sumNanos()));
    }

    private static String begun(String name, long nanos) {
        return nanos > 0 ? ", " + part(name, nanos) : "";
    }

    private static String part(String name, long nanos) {
        return String.format(Locale.ROOT, "%s;dur=%.1f", name, nanos / (double) TimeUnit.MILLISECONDS.toNanos(1));
    }
}
