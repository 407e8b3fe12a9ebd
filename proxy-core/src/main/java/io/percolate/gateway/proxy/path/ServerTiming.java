package io.percolate.gateway.proxy.path;

import io.percolate.gateway.warmup.wake.WakePhases;
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
        long queueNanos = Math.max(0, heldNanos - wake.sumNanos());
        return part("queue", queueNanos) + ", " + part("place", wake.placeNanos()) + ", "
                + part("scale", wake.scaleNanos()) + ", " + part("load", wake.loadNanos()) + ", "
                + part("probe", wake.probeNanos());
    }

    private static String part(String name, long nanos) {
        return String.format(Locale.ROOT, "%s;dur=%.1f", name, nanos / (double) TimeUnit.MILLISECONDS.toNanos(1));
    }
}
