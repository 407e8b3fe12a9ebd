package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The whole machine's processor time so far, in ticks, from the first line of {@code /proc/stat}. */
record MachineClock(long totalTicks, long stolenTicks) {
    private static final int STEAL_FIELD = 8;

    static MachineClock now() {
        try (var lines = Files.lines(Path.of("/proc/stat"))) {
            String[] fields = lines.findFirst().orElseThrow().split("\\s+");
            long total = 0;
            for (int i = 1; i <= STEAL_FIELD; i++) {
                total += Long.parseLong(fields[i]);
            }
            return new MachineClock(total, Long.parseLong(fields[STEAL_FIELD]));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Share of all time since then that was stolen by the host. */
    double stealShareSince(MachineClock earlier) {
        return (stolenTicks - earlier.stolenTicks) / (double) Math.max(1, totalTicks - earlier.totalTicks);
    }
}
