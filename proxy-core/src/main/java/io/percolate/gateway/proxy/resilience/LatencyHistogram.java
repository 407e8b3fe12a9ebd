package io.percolate.gateway.proxy.resilience;

import java.util.Arrays;

/**
 * How long answers took, in classes that are a quarter of an octave wide each, so that a percentile is told within a
 * fifth. Recording costs an addition and allocates nothing. Not safe for use by several threads.
 */
public final class LatencyHistogram {
    /** Below it all is one class: 16 us. */
    private static final int SHIFT_MIN = 14;

    private static final int CLASSES = 4 * 28;

    private final int[] counts = new int[CLASSES];
    private int count;

    public void record(long nanos) {
        counts[classOf(nanos)]++;
        count++;
    }

    public int count() {
        return count;
    }

    /** The time that this share of them is within, to the middle of its class; 0 when there are none. */
    public long percentile(double share) {
        long wanted = (long) Math.ceil(share * count);
        long seen = 0;
        for (int i = 0; i < CLASSES && wanted > 0; i++) {
            seen += counts[i];
            if (seen >= wanted) {
                return middleOf(i);
            }
        }
        return 0;
    }

    /** Adds what another one has counted. */
    public void add(LatencyHistogram other) {
        for (int i = 0; i < CLASSES; i++) {
            counts[i] += other.counts[i];
        }
        count += other.count;
    }

    /** Halves all counts, so that what was long ago weighs ever less. */
    public void fade() {
        count = 0;
        for (int i = 0; i < CLASSES; i++) {
            counts[i] >>= 1;
            count += counts[i];
        }
    }

    public void clear() {
        Arrays.fill(counts, 0);
        count = 0;
    }

    static int classOf(long nanos) {
        if (nanos < 1L << SHIFT_MIN) {
            return 0;
        }
        int octave = 63 - Long.numberOfLeadingZeros(nanos);
        int quarter = (int) (nanos >>> (octave - 2)) & 3;
        return Math.min(CLASSES - 1, 4 * (octave - SHIFT_MIN) + quarter + 1);
    }

    private static long middleOf(int index) {
        if (index == 0) {
            return 1L << (SHIFT_MIN - 1);
        }
        int octave = (index - 1) / 4 + SHIFT_MIN;
        int quarter = (index - 1) % 4;
        return (1L << octave) + (2 * quarter + 1) * (1L << (octave - 3));
    }
}
