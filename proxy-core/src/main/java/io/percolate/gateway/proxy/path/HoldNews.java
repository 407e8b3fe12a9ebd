package io.percolate.gateway.proxy.path;

import io.percolate.gateway.warmup.wake.WakePhases;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * What the client of a held request is told from time to time: at first how long the tenant's wake takes by experience, then
 * each phase that has begun, and where the time goes after each long silence. Of one request, on its event loop.
 */
final class HoldNews implements Supplier<@Nullable String> {
    /** All phases, and the rest of what a hold of the default length can need. */
    static final int NEWS_MAX = 8;

    private static final long SILENCE_NANOS_MAX = Duration.ofSeconds(4).toNanos();

    private final Duration estimate;
    private final long heldNanos;
    private final Supplier<@Nullable WakePhases> progress;
    private int told;
    private long toldNanos;
    private long phasesTold;

    /** @param heldNanos when the request began to be held */
    HoldNews(Duration estimate, long heldNanos, Supplier<@Nullable WakePhases> progress) {
        this.estimate = estimate;
        this.heldNanos = heldNanos;
        this.progress = progress;
    }

    @Override
    public @Nullable String get() {
        return next(System.nanoTime());
    }

    /** What there is to say at this time; null for nothing new. */
    @Nullable
    String next(long nowNanos) {
        if (told == NEWS_MAX) {
            return null;
        }
        WakePhases wake = progress.get();
        long phases = begun(wake);
        if (told > 0 && phases <= phasesTold && nowNanos - toldNanos < SILENCE_NANOS_MAX) {
            return null;
        }
        told++;
        toldNanos = nowNanos;
        phasesTold = Math.max(phasesTold, phases);
        return ServerTiming.soFar(estimate, nowNanos - heldNanos, wake);
    }

    private static long begun(@Nullable WakePhases wake) {
        return wake == null
                ? 0
                : LongStream.of(wake.placeNanos(), wake.scaleNanos(), wake.loadNanos(), wake.probeNanos())
                        .filter(nanos -> nanos > 0)
                        .count();
    }
}
