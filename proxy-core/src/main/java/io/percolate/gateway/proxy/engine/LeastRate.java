package io.percolate.gateway.proxy.engine;

/**
 * How fast a client gives or takes bytes, measured only while it is waited for, so that nobody pays for the slowness of
 * others. Looked at several times a second.
 */
final class LeastRate {
    private static final double NANOS_PER_SECOND = 1e9;

    private final long bytesPerSecond;
    private final long graceNanos;
    private long waitedNanos;
    private long bytesBefore;
    private long lookedNanos;
    private boolean waiting;

    /** @param graceNanos over how long the rate is taken, again and again */
    LeastRate(long bytesPerSecond, long graceNanos, long nowNanos) {
        this.bytesPerSecond = bytesPerSecond;
        this.graceNanos = graceNanos;
        this.lookedNanos = nowNanos;
    }

    /**
     * Whether it is too slow.
     *
     * @param waitedFor whether the next step is the client's
     * @param bytes given or taken in all
     */
    boolean isMissed(boolean waitedFor, long bytes, long nowNanos) {
        if (waiting && waitedFor) {
            waitedNanos += nowNanos - lookedNanos;
        }
        waiting = waitedFor;
        lookedNanos = nowNanos;
        if (waitedNanos < graceNanos) {
            return false;
        }
        boolean missed = (bytes - bytesBefore) < bytesPerSecond * (waitedNanos / NANOS_PER_SECOND);
        waitedNanos = 0;
        bytesBefore = bytes;
        return missed;
    }
}
