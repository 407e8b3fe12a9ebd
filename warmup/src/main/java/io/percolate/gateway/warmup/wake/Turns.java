package io.percolate.gateway.warmup.wake;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * So much work at once: first what is part of something begun, then what begins something, each first come first served. So
 * of very many things some are ended soon, in place of all being begun first. Who goes away while it waits leaves the queue.
 * Work that has its turn keeps it until it ends, errors or is cancelled.
 */
final class Turns {
    private final Deque<Turn> begun = new ArrayDeque<>();
    private final Deque<Turn> beginning = new ArrayDeque<>();
    private int free;

    Turns(int atOnce) {
        this.free = atOnce;
    }

    /** Work that is part of something begun. */
    <T> Mono<T> goOn(Mono<T> work) {
        return take(begun, work);
    }

    /** Work that begins something. */
    <T> Mono<T> begin(Mono<T> work) {
        return take(beginning, work);
    }

    private <T> Mono<T> take(Deque<Turn> queue, Mono<T> work) {
        return Mono.usingWhen(turn(queue), turn -> work, Turn::done, (turn, error) -> turn.done(), Turn::done);
    }

    private Mono<Turn> turn(Deque<Turn> queue) {
        return Mono.create(sink -> {
            Turn turn = new Turn(queue, sink);
            sink.onCancel(turn::end);
            if (enter(turn)) {
                turn.grant();
            }
        });
    }

    /** Whether this has its turn at once. Who has gone away before it came here neither gets one nor waits for one. */
    private synchronized boolean enter(Turn turn) {
        if (turn.place != Place.COMING) {
            return false;
        }
        if (free == 0) {
            turn.place = Place.WAITING;
            turn.queue.addLast(turn);
            return false;
        }
        free--;
        turn.place = Place.HOLDING;
        return true;
    }

    /** Ends a turn wherever it is, once: the one that comes next, which holds its turn from here on. */
    private synchronized @Nullable Turn leave(Turn turn) {
        Place place = turn.place;
        turn.place = Place.GONE;
        if (place == Place.WAITING) {
            turn.queue.remove(turn);
        }
        return place == Place.HOLDING ? nextOrFree() : null;
    }

    private @Nullable Turn nextOrFree() {
        Turn next = begun.isEmpty() ? beginning.pollFirst() : begun.pollFirst();
        if (next == null) {
            free++;
        } else {
            next.place = Place.HOLDING;
        }
        return next;
    }

    private enum Place {
        COMING,
        WAITING,
        HOLDING,
        GONE
    }

    private final class Turn {
        private final Deque<Turn> queue;
        private final MonoSink<Turn> sink;
        /** Guarded by the turns. */
        private Place place = Place.COMING;

        Turn(Deque<Turn> queue, MonoSink<Turn> sink) {
            this.queue = queue;
            this.sink = sink;
        }

        void grant() {
            sink.success(this);
        }

        Mono<Void> done() {
            return Mono.fromRunnable(this::end);
        }

        void end() {
            Turn next = leave(this);
            if (next != null) {
                next.grant();
            }
        }
    }
}
