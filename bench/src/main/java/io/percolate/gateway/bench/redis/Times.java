package io.percolate.gateway.bench.redis;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

/** How long each look-up took, in order; negative where it failed. */
final class Times {
    private final long[] nanos;
    private final AtomicInteger ended = new AtomicInteger();

    Times(int count) {
        this.nanos = new long[count];
    }

    void add(long taken, boolean failed) {
        nanos[ended.getAndIncrement()] = failed ? -1 : taken;
    }

    boolean isComplete() {
        return ended.get() == nanos.length;
    }

    int count() {
        return ended.get();
    }

    long errors() {
        return nanos.length - LongStream.of(nanos).filter(taken -> taken > 0).count();
    }

    /** The time that this share of the look-ups needed at most. */
    double millisAt(double share) {
        long[] sorted = LongStream.of(nanos).filter(taken -> taken > 0).sorted().toArray();
        if (sorted.length == 0) {
            return Double.NaN;
        }
        int index = Math.min(sorted.length - 1, (int) Math.ceil(share * sorted.length) - 1);
        return sorted[Math.max(0, index)] / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }
}
