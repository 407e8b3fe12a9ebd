package io.percolate.gateway.routing.postgres;

import java.util.LinkedHashSet;

/**
 * Hands out a fixed number of permits, first come first served but for what is urgent, which goes before all else; who waits
 * can leave the queue at any time.
 *
 * <p>A permit stands for one connection of the pool. Since nobody asks the pool without one, nobody ever waits inside
 * the pool, where a waiter that is cancelled while its connection arrives has lost connections (r2dbc-pool issues 140,
 * 144 and 198). Callbacks run outside the lock.
 */
final class Permits {
    private final int waitersMax;
    private final LinkedHashSet<Waiter> urgent = new LinkedHashSet<>();
    private final LinkedHashSet<Waiter> waiters = new LinkedHashSet<>();
    private int free;

    /** One who waits. */
    static final class Waiter {
        private final Runnable granted;

        private Waiter(Runnable granted) {
            this.granted = granted;
        }
    }

    /** How a request for a permit went. */
    sealed interface Request {
        /** Granted at once, {@code granted} was not called: the caller goes on itself. */
        record Granted() implements Request {}

        record Waiting(Waiter waiter) implements Request {}

        record QueueFull() implements Request {}
    }

    Permits(int permits, int waitersMax) {
        this.free = permits;
        this.waitersMax = waitersMax;
    }

    /**
     * Asks for a permit.
     *
     * @param isUrgent whether it goes before those that are not
     * @param granted called once, by who releases, when a permit has become free for a waiter that has not left
     */
    synchronized Request request(boolean isUrgent, Runnable granted) {
        if (free > 0) {
            free--;
            return new Request.Granted();
        }
        LinkedHashSet<Waiter> queue = isUrgent ? urgent : waiters;
        if (queue.size() >= waitersMax) {
            return new Request.QueueFull();
        }
        Waiter waiter = new Waiter(granted);
        queue.add(waiter);
        return new Request.Waiting(waiter);
    }

    /** Leaves the queue; false when the permit was granted before, or the waiter has left already. */
    synchronized boolean leave(Waiter waiter) {
        return waiters.remove(waiter) || urgent.remove(waiter);
    }

    void release() {
        Waiter next;
        synchronized (this) {
            LinkedHashSet<Waiter> queue = urgent.isEmpty() ? waiters : urgent;
            if (queue.isEmpty()) {
                free++;
                return;
            }
            next = queue.removeFirst();
        }
        next.granted.run();
    }

    synchronized int waiting() {
        return urgent.size() + waiters.size();
    }

    synchronized int free() {
        return free;
    }
}
