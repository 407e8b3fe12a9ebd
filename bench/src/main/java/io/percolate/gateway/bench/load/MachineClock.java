package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The whole machine's processor time so far, from the first line of {@code /proc/stat}, in ticks of 10 ms. */
record MachineClock(long total, long busy, long stolen) {
    static final double TICKS_PER_SECOND = 100.0;
    private static final int IDLE_FIELD = 4;
    private static final int IO_WAIT_FIELD = 5;
    private static final int STEAL_FIELD = 8;

    static MachineClock now() {
        try (var lines = Files.lines(Path.of("/proc/stat"))) {
            return parse(lines.findFirst().orElseThrow());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    static MachineClock parse(String line) {
        String[] fields = line.split("\\s+");
        if (!fields[0].equals("cpu") || fields.length <= STEAL_FIELD) {
            throw new IllegalArgumentException("expected the machine's times, got: " + line);
        }
        long total = 0;
        for (int i = 1; i <= STEAL_FIELD; i++) {
            total += Long.parseLong(fields[i]);
        }
        long stolen = Long.parseLong(fields[STEAL_FIELD]);
        long idle = Long.parseLong(fields[IDLE_FIELD]) + Long.parseLong(fields[IO_WAIT_FIELD]);
        return new MachineClock(total, total - idle - stolen, stolen);
    }

    /** Share of all time since then that was stolen by the host. */
    double stealShareSince(MachineClock earlier) {
        return (stolen - earlier.stolen) / (double) Math.max(1, total - earlier.total);
    }

    /** Seconds that the cores were busy since then, summed. */
    double busySecondsSince(MachineClock earlier) {
        return (busy - earlier.busy) / TICKS_PER_SECOND;
    }
}
