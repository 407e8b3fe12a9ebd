package io.percolate.gateway.proxy.engine.tls;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * Bounds the time that handshakes take of one event loop: after a burst, no more than a share, so that a storm of them
 * cannot starve the connections that are established. On that loop only.
 *
 * <p>A bucket of time: it fills by the share of the time that passes, and each handshake takes out what its expensive
 * part (certificate, key exchange, signature) did take. While it is empty, handshakes wait in order of arrival.
 */
public final class HandshakeGate {
    /** What handshakes may take in one go, the last of them aside. */
    static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    /** Of each so many nanoseconds handshakes may take one. */
    static final int SHARE = 2;
    /** Handshakes that wait at most; further ones are refused. */
    static final int WAITING_MAX = 1_024;

    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    private final EventLoop loop;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>(0);
    private long creditNanos = BURST_NANOS;
    private long filledNanos = System.nanoTime();
    private boolean scheduled;

    public HandshakeGate(EventLoop loop) {
        this.loop = loop;
    }

    /** Runs it, now or in its turn; false when too many wait, and then never. */
    boolean enter(Runnable handshake) {
        if (waiting.isEmpty() && credit() > 0) {
            handshake.run();
            return true;
        }
        if (waiting.size() >= WAITING_MAX) {
            return false;
        }
        waiting.addLast(handshake);
        schedule();
        return true;
    }

    /** Tells what a handshake has taken. */
    void took(long nanos) {
        creditNanos -= nanos;
    }

    private long credit() {
        long now = System.nanoTime();
        creditNanos = Math.min(BURST_NANOS, creditNanos + (now - filledNanos) / SHARE);
        filledNanos = now;
        return creditNanos;
    }

    private void schedule() {
        if (!scheduled) {
            scheduled = true;
            loop.schedule(this::goOn, Math.max(PAUSE_NANOS, -creditNanos * SHARE), TimeUnit.NANOSECONDS);
        }
    }

    private void goOn() {
        scheduled = false;
        while (!waiting.isEmpty() && credit() > 0) {
            waiting.removeFirst().run();
        }
        if (!waiting.isEmpty()) {
            schedule();
        }
    }
}
