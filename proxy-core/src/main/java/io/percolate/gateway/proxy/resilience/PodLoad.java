package io.percolate.gateway.proxy.resilience;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What one pod has under way, over all event loops, and the bounds of it. */
final class PodLoad {
    /** The lower half counts requests that wait for their answer, the upper one those that are open. */
    private static final long WAITING = 1;

    private static final long OPEN = 1L << 32;

    private final PodLimits.Bounds bounds;
    private final AtomicLong requests = new AtomicLong();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger pending = new AtomicInteger();

    PodLoad(PodLimits.Bounds bounds) {
        this.bounds = bounds;
    }

    /** Lets one more request in, where no more than so many wait; answers how many do with it, or -1 when it may not. */
    int tryEnter(int waitingMax) {
        long now = requests.addAndGet(OPEN + WAITING);
        int waiting = (int) now;
        if (waiting <= waitingMax && (int) (now >>> 32) <= bounds.requests()) {
            return waiting;
        }
        requests.addAndGet(-OPEN - WAITING);
        return -1;
    }

    boolean hasRoom(int waitingMax) {
        long now = requests.get();
        return (int) now < waitingMax && (int) (now >>> 32) < bounds.requests();
    }

    /** One that waited is answered, not to its end. */
    void answered() {
        requests.addAndGet(-WAITING);
    }

    /** One that was answered leaves. */
    void ended() {
        requests.addAndGet(-OPEN);
    }

    /** One that waited leaves. */
    void left() {
        requests.addAndGet(-OPEN - WAITING);
    }

    boolean tryConnect() {
        return tryTake(connections, bounds.connections());
    }

    void connectionClosed() {
        connections.decrementAndGet();
    }

    boolean tryPend() {
        return tryTake(pending, bounds.pending());
    }

    void noLongerPending() {
        pending.decrementAndGet();
    }

    private static boolean tryTake(AtomicInteger taken, int max) {
        if (taken.incrementAndGet() <= max) {
            return true;
        }
        taken.decrementAndGet();
        return false;
    }

    boolean isNone() {
        return requests.get() == 0 && connections.get() == 0 && pending.get() == 0;
    }

    int waiting() {
        return (int) requests.get();
    }

    int open() {
        return (int) (requests.get() >>> 32);
    }

    int connections() {
        return connections.get();
    }

    int pending() {
        return pending.get();
    }

    int openMax() {
        return bounds.requests();
    }
}
