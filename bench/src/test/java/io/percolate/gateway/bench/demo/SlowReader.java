package io.percolate.gateway.bench.demo;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Reads its first megabytes at a crawl, so that whatever is between it and the source has to hold back. */
final class SlowReader extends FilterInputStream {
    private static final long CRAWL_BYTES = 4L << 20;
    private static final long PAUSE_NANOS = Duration.ofMillis(20).toNanos();

    private long received;

    SlowReader(InputStream in) {
        super(in);
    }

    @Override
    public int read(byte[] into, int start, int count) throws IOException {
        if (received < CRAWL_BYTES) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        int n = super.read(into, start, count);
        received += Math.max(n, 0);
        return n;
    }
}
