package io.percolate.gateway.bench.restart;

import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What became of all requests of the clients that speak one version of HTTP; safe for use by several threads. */
final class Tally {
    private static final int LATENCIES_MAX = 1 << 20;
    private static final int FAILURES_TOLD_MAX = 20;

    private final long[] latencies = new long[LATENCIES_MAX];
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong sentElsewhere = new AtomicLong();
    private final AtomicLong connections = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();

    void connected() {
        connections.incrementAndGet();
    }

    void answered(long nanos) {
        int place = answered.getAndIncrement();
        if (place < LATENCIES_MAX) {
            latencies[place] = nanos;
        }
    }

    void failed(String how) {
        if (failed.incrementAndGet() <= FAILURES_TOLD_MAX) {
            failures.add(how);
        }
    }

    /** Not begun with by a gateway that goes, and so sent to another one. */
    void sentElsewhere() {
        sentElsewhere.incrementAndGet();
    }

    int answered() {
        return answered.get();
    }

    long failed() {
        return failed.get();
    }

    long sentElsewhereCount() {
        return sentElsewhere.get();
    }

    long connections() {
        return connections.get();
    }

    /** The first ones, as they were met. */
    List<String> failures() {
        return List.copyOf(failures);
    }

    /** Milliseconds that this share of the answers took at most. */
    double quantileMillis(double share) {
        int count = Math.min(answered.get(), LATENCIES_MAX);
        if (count == 0) {
            return 0;
        }
        long[] sorted = Arrays.copyOf(latencies, count);
        Arrays.sort(sorted);
        return sorted[Math.clamp((int) Math.ceil(share * count) - 1, 0, count - 1)] / 1e6;
    }
}
