package io.percolate.gateway.context.store;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;

/**
 * How many bytes of contexts may be in memory outside the cache: being fetched and opened, or still being read after
 * they left the cache. So no number of cold tenants, however large and however slow their readers, exhausts the heap.
 *
 * <p>Who finds no room waits, first come first served, for a bounded time; a bounded number may wait.
 */
public final class ByteBudget {
    private static final int WAITERS_MAX = 10_000;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final long bytesMax;
    private final Duration waitMax;
    private final Scheduler timer;
    private final Deque<Waiter> waiters = new ArrayDeque<>();
    private long used;

    /** Bytes that are taken until released; releasing twice is releasing once. */
    public final class Reservation {
        private final long bytes;
        private boolean released;

        private Reservation(long bytes) {
            this.bytes = bytes;
        }

        /** May let others go on, on this thread: hold no lock. */
        public void release() {
            List<Waiter> granted;
            synchronized (ByteBudget.this) {
                if (released) {
                    return;
                }
                released = true;
                used -= bytes;
                granted = grant();
            }
            granted.forEach(Waiter::proceed);
        }
    }

    private final class Waiter {
        private final Reservation reservation;
        private final MonoSink<Reservation> sink;
        private @Nullable Disposable deadline;

        Waiter(long bytes, MonoSink<Reservation> sink) {
            this.reservation = new Reservation(bytes);
            this.sink = sink;
        }

        void proceed() {
            Disposable set;
            synchronized (ByteBudget.this) {
                set = deadline;
            }
            if (set != null) {
                set.dispose();
            }
            sink.success(reservation);
        }

        void giveUp() {
            boolean waiting;
            synchronized (ByteBudget.this) {
                waiting = waiters.remove(this);
            }
            if (waiting) {
                sink.error(exhausted("none became free within " + waitMax.toMillis() + " ms"));
            }
        }
    }

    /** @param timer runs the deadlines of who waits */
    public ByteBudget(long bytesMax, Duration waitMax, Scheduler timer) {
        this.bytesMax = bytesMax;
        this.waitMax = waitMax;
        this.timer = timer;
    }

    /**
     * Takes bytes once they are free; who asks for more than there are gets them when all others are free. Not to be
     * cancelled: a reservation granted at that moment would be lost. Errors with {@code CONTEXT_STORE_UNAVAILABLE}.
     */
    Mono<Reservation> reserve(long bytes) {
        return Mono.create(sink -> {
            Waiter waiter = new Waiter(Math.min(bytes, bytesMax), sink);
            boolean full;
            boolean free;
            synchronized (this) {
                full = waiters.size() >= WAITERS_MAX;
                if (!full) {
                    waiters.add(waiter);
                }
                free = grant().contains(waiter);
                if (!full && !free) {
                    waiter.deadline = timer.schedule(waiter::giveUp, waitMax.toMillis(), TimeUnit.MILLISECONDS);
                }
            }
            if (full) {
                sink.error(exhausted(WAITERS_MAX + " wait already"));
            } else if (free) {
                waiter.proceed();
            }
        });
    }

    /** Takes bytes at once, even more than are free: they are in memory already. Others wait the longer. */
    public Reservation charge(long bytes) {
        synchronized (this) {
            used += bytes;
            return new Reservation(bytes);
        }
    }

    /** Bytes taken now. */
    public synchronized long used() {
        return used;
    }

    /** Takes from the front of the queue all that fit now. */
    private List<Waiter> grant() {
        List<Waiter> granted = new ArrayList<>();
        for (Waiter first; (first = waiters.peek()) != null && used + first.reservation.bytes <= bytesMax; ) {
            used += first.reservation.bytes;
            granted.add(waiters.remove());
        }
        return granted;
    }

    private Throwable exhausted(String why) {
        return Failure.of(FailureKind.CONTEXT_STORE_UNAVAILABLE, "too many contexts are being fetched at once")
                .withRetryAfter(RETRY_AFTER)
                .withOperatorDetail("all " + bytesMax + " bytes of GATEWAY_CONTEXT_IN_FLIGHT_BYTES are taken: " + why)
                .toException();
    }
}
