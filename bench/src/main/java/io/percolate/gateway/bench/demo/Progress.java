package io.percolate.gateway.bench.demo;

import java.io.PrintStream;
import java.util.Locale;

/** What the demo says while it starts: each step with its time. */
final class Progress {
    private static final double NANOS_PER_SECOND = 1e9;

    private final PrintStream out;
    private final long startedNanos = System.nanoTime();

    Progress(PrintStream out) {
        this.out = out;
    }

    /** A step that took until now since it began. */
    synchronized void done(String step, long beganNanos) {
        out.printf(Locale.ROOT, "  %5.1f s  %s%n", seconds(beganNanos), step);
    }

    synchronized void say(String line) {
        out.println(line);
    }

    double secondsSinceStart() {
        return seconds(startedNanos);
    }

    private static double seconds(long sinceNanos) {
        return (System.nanoTime() - sinceNanos) / NANOS_PER_SECOND;
    }
}
