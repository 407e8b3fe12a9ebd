package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What another Java VM holds: live objects, and the resident memory outside of its heap.
 *
 * <p>Resident memory alone would say what the heap once grew to, and stays the same when objects move into pages that
 * were used before.
 */
final class JavaHeap {
    private static final Pattern ADDRESS = Pattern.compile("0x([0-9a-f]{8,16})");
    private static final Pattern MAPPING = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) .*");

    private static final long[] EVERYTHING = {0, Long.MAX_VALUE};

    private JavaHeap() {}

    /** Bytes held now, after a collection of all garbage, which may give memory back: all is read after it. */
    static long heldBytes(long pid) {
        HeldMemory held = held(pid);
        return held.liveBytes() + held.outsideBytes();
    }

    /** The same, its parts. */
    static HeldMemory held(long pid) {
        long live = liveBytes(jcmd(pid, "GC.class_histogram"));
        long[] heap = region(jcmd(pid, "GC.heap_info"));
        try {
            List<String> smaps = Files.readAllLines(Path.of("/proc", String.valueOf(pid), "smaps"));
            return new HeldMemory(live, residentBytes(smaps, EVERYTHING) - residentBytes(smaps, heap));
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }

    /** From the last line of a histogram: {@code Total instances bytes}. */
    static long liveBytes(String histogram) {
        return histogram
                .lines()
                .filter(line -> line.startsWith("Total "))
                .mapToLong(line -> Long.parseLong(line.strip().split("\\s+")[2]))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("expected a histogram, got:\n" + histogram));
    }

    /** The lowest and the highest address that {@code GC.heap_info} names. */
    static long[] region(String heapInfo) {
        long[] region = {Long.MAX_VALUE, 0};
        Matcher addresses = ADDRESS.matcher(heapInfo);
        while (addresses.find()) {
            long address = Long.parseLong(addresses.group(1), 16);
            region[0] = Math.min(region[0], address);
            region[1] = Math.max(region[1], address);
        }
        if (region[1] == 0) {
            throw new IllegalStateException("expected a heap with its addresses, got:\n" + heapInfo);
        }
        return region;
    }

    /** What is resident of the mappings that begin in the region. */
    static long residentBytes(List<String> smaps, long[] region) {
        long bytes = 0;
        boolean within = false;
        for (String line : smaps) {
            Matcher mapping = MAPPING.matcher(line);
            if (mapping.matches()) {
                long start = Long.parseUnsignedLong(mapping.group(1), 16);
                within = start >= region[0] && start < region[1];
            } else if (within && line.startsWith("Rss:")) {
                bytes += Long.parseLong(line.replaceAll("\\D+", "")) * 1024;
            }
        }
        return bytes;
    }

    private static String jcmd(long pid, String command) {
        try {
            Process jcmd = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            String.valueOf(pid),
                            command)
                    .redirectErrorStream(true)
                    .start();
            String output = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (jcmd.waitFor() != 0) {
                throw new IllegalStateException("jcmd " + command + " of " + pid + " failed:\n" + output);
            }
            return output;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }
}
