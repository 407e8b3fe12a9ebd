package io.percolate.gateway.routing.directory;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps loads away from a database that is known to be down, but for one now and then that finds out whether it is back.
 *
 * <p>Closes at the first refusal, and at the third timeout in a row, since one slow answer is no outage. Safe for use
 * from any thread.
 */
final class OutageGate {
    static final Duration TRIAL_INTERVAL = Duration.ofMillis(250);
    private static final int TIMEOUTS_MAX = 3;

    private final AtomicLong nextTrialNanos = new AtomicLong();
    private volatile boolean closed;
    private volatile int timeouts;

    boolean isClosed() {
        return closed;
    }

    /** Whether a load may go now; while closed, true once an interval. */
    boolean admits(long nowNanos) {
        if (!closed) {
            return true;
        }
        long due = nextTrialNanos.get();
        return nowNanos - due >= 0 && nextTrialNanos.compareAndSet(due, nowNanos + jittered());
    }

    /** A load was answered, or the database was heard otherwise; true when this opened the gate. */
    synchronized boolean open() {
        timeouts = 0;
        boolean wasClosed = closed;
        closed = false;
        return wasClosed;
    }

    /** A load was refused; true when this closed the gate. */
    synchronized boolean refused(long nowNanos) {
        if (closed) {
            return false;
        }
        nextTrialNanos.set(nowNanos + jittered());
        closed = true;
        return true;
    }

    /** A load was not answered in time; true when this closed the gate. */
    synchronized boolean timedOut(long nowNanos) {
        timeouts++;
        return timeouts >= TIMEOUTS_MAX && refused(nowNanos);
    }

    private static long jittered() {
        long nanos = TRIAL_INTERVAL.toNanos();
        return ThreadLocalRandom.current().nextLong(nanos / 2, nanos + nanos / 2);
    }
}
