package io.percolate.gateway.routing.directory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import reactor.core.scheduler.Schedulers;

/**
 * Loads on their way to one store: those that come while all queries are under way share the next one.
 *
 * <p>A lane with a spacing begins a query that long after the one before at the earliest, so that what comes in a stream
 * shares queries, too; what comes alone still goes at once. Safe for use from any thread.
 */
final class Lane {
    private final int batchMax;
    private final int queriesMax;
    private final long spacingNanos;
    private final Consumer<List<Flight>> query;
    private final ConcurrentLinkedQueue<Flight> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waitingCount = new AtomicInteger();
    private final AtomicInteger queries = new AtomicInteger();
    private final AtomicBoolean isWakeSet = new AtomicBoolean();
    private volatile long begunNanos;

    /**
     * @param query asks the store; {@link #ended} is to be called once it has answered
     */
    Lane(int batchMax, int queriesMax, Duration spacing, Consumer<List<Flight>> query) {
        this.batchMax = batchMax;
        this.queriesMax = queriesMax;
        this.spacingNanos = spacing.toNanos();
        this.query = query;
        this.begunNanos = System.nanoTime() - spacingNanos;
    }

    /** False when too many wait already. */
    boolean add(Flight flight, int waitingMax) {
        if (waitingCount.incrementAndGet() > waitingMax) {
            waitingCount.decrementAndGet();
            return false;
        }
        waiting.add(flight);
        return true;
    }

    int waiting() {
        return waitingCount.get();
    }

    /** Sends what waits, as far as queries are free and the last one was long enough ago. */
    void dispatch() {
        while (!waiting.isEmpty()) {
            int underWay = queries.get();
            if (underWay >= queriesMax) {
                // The next query to end looks at the queue again.
                return;
            }
            long wait = spacingNanos - (System.nanoTime() - begunNanos);
            if (spacingNanos > 0 && wait > 0) {
                wakeIn(wait);
                return;
            }
            if (queries.compareAndSet(underWay, underWay + 1)) {
                begin();
            }
        }
    }

    /** Sends what waits now, since somebody waits for it, as far as so many queries leave room. */
    void hurry(int hurriedMax) {
        while (!waiting.isEmpty()) {
            int underWay = queries.get();
            if (underWay >= hurriedMax) {
                return;
            }
            if (queries.compareAndSet(underWay, underWay + 1)) {
                begin();
            }
        }
    }

    /** A query has been answered. {@link #dispatch} is to follow. */
    void ended() {
        queries.decrementAndGet();
    }

    /** Takes what waits off the lane, as much as one query carries. */
    List<Flight> take() {
        List<Flight> batch = new ArrayList<>();
        Flight next;
        while (batch.size() < batchMax && (next = waiting.poll()) != null) {
            waitingCount.decrementAndGet();
            batch.add(next);
        }
        return batch;
    }

    private void begin() {
        List<Flight> batch = take();
        if (batch.isEmpty()) {
            ended();
            return;
        }
        begunNanos = System.nanoTime();
        query.accept(batch);
    }

    private void wakeIn(long nanos) {
        if (isWakeSet.compareAndSet(false, true)) {
            Schedulers.parallel().schedule(this::wake, nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void wake() {
        isWakeSet.set(false);
        dispatch();
    }
}
