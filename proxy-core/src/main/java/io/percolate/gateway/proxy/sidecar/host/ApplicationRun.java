package io.percolate.gateway.proxy.sidecar.host;

import java.util.concurrent.atomic.AtomicLong;

/** Which run of the application this is, as far as its sidecar knows: what it had in memory ends with its run. */
final class ApplicationRun {
    private final AtomicLong run = new AtomicLong(1);
    private final AtomicLong deaths = new AtomicLong(1);

    long current() {
        return run.get();
    }

    long deaths() {
        return deaths.get();
    }

    /** Whatever was loaded may be gone: nobody is served before the application has loaded its tenant again. */
    void mayHaveEnded() {
        run.incrementAndGet();
    }

    /** It has ended: nothing is in memory any more that could be written out. */
    void hasEnded() {
        deaths.incrementAndGet();
    }
}
