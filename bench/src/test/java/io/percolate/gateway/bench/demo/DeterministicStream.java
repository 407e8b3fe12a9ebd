package io.percolate.gateway.bench.demo;

import io.percolate.gateway.bench.pod.DeterministicBytes;
import java.io.InputStream;

/** The first bytes of {@link DeterministicBytes}, of any length, none of it in memory. */
final class DeterministicStream extends InputStream {
    private final long length;
    private long offset;

    DeterministicStream(long length) {
        this.length = length;
    }

    @Override
    public int read() {
        return offset == length ? -1 : DeterministicBytes.at(offset++) & 0xff;
    }

    @Override
    public int read(byte[] into, int start, int count) {
        if (offset == length) {
            return -1;
        }
        int n = (int) Math.min(count, length - offset);
        for (int i = 0; i < n; i++) {
            into[start + i] = DeterministicBytes.at(offset + i);
        }
        offset += n;
        return n;
    }
}
