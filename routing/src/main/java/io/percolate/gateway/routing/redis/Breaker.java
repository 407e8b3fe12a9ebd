package io.percolate.gateway.routing.redis;

/**
 * Keeps everybody away from a Redis that does not answer in time. Opens at the third failure in a row, closes at the
 * first success. For use on one thread; anyone may look.
 */
final class Breaker {
    static final int FAILURES_MAX = 3;

    private volatile boolean closed;
    private int failures;

    /** Whether Redis may be asked. */
    boolean isClosed() {
        return closed;
    }

    /** Redis has answered in time; true when this closed it. */
    boolean succeeded() {
        failures = 0;
        boolean wasOpen = !closed;
        closed = true;
        return wasOpen;
    }

    /** Redis has not answered in time; true when this opened it. */
    boolean failed() {
        failures++;
        return closed && failures >= FAILURES_MAX && opened();
    }

    /** There is no connection; true when this opened it. */
    boolean lost() {
        return closed && opened();
    }

    private boolean opened() {
        closed = false;
        return true;
    }
}
