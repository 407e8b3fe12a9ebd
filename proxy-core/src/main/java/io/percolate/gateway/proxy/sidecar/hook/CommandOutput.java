package io.percolate.gateway.proxy.sidecar.hook;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Takes what a command writes, for as long as it runs itself.
 *
 * <p>Never waits in a read: what a command leaves behind in the background keeps its pipes open, and who reads them waits
 * for that, too, without an end that an interrupt could bring.
 */
final class CommandOutput {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int ERROR_BYTES_MAX = 2_000;
    private static final long PAUSE_NANOS_MIN = TimeUnit.MICROSECONDS.toNanos(50);
    private static final long PAUSE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(10);

    private final Process process;
    private final OutputStream to;
    private final long bytesMax;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final ByteArrayOutputStream complaint = new ByteArrayOutputStream();
    private long bytes;

    /** @param bytesMax of what the command writes to its standard output */
    CommandOutput(Process process, OutputStream to, long bytesMax) {
        this.process = process;
        this.to = to;
        this.bytesMax = bytesMax;
    }

    /** Returns when the command has ended, with all that it wrote; false once that is more than it may be. */
    boolean take() throws IOException, InterruptedException {
        long pauseNanos = PAUSE_NANOS_MIN;
        while (true) {
            boolean ended = !process.isAlive();
            boolean said = takeError();
            boolean some = takeOutput() || said;
            if (bytes > bytesMax) {
                return false;
            }
            if (some) {
                pauseNanos = PAUSE_NANOS_MIN;
            } else if (ended) {
                return true;
            } else if (process.waitFor(pauseNanos, TimeUnit.NANOSECONDS)) {
                pauseNanos = PAUSE_NANOS_MIN;
            } else {
                pauseNanos = Math.min(PAUSE_NANOS_MAX, pauseNanos * 2);
            }
        }
    }

    /** The beginning of what it wrote to its standard error. */
    String complaint() {
        return complaint.toString(StandardCharsets.UTF_8).strip();
    }

    private boolean takeOutput() throws IOException {
        int length = available(process.getInputStream());
        bytes += length;
        if (bytes <= bytesMax) {
            to.write(buffer, 0, length);
        }
        return length > 0;
    }

    /** All of it is read, so that the command never waits for a reader. */
    private boolean takeError() throws IOException {
        int length = available(process.getErrorStream());
        complaint.write(buffer, 0, Math.min(length, ERROR_BYTES_MAX - complaint.size()));
        return length > 0;
    }

    private int available(InputStream from) throws IOException {
        int available = Math.min(BUFFER_BYTES, from.available());
        return available == 0 ? 0 : Math.max(0, from.read(buffer, 0, available));
    }
}
