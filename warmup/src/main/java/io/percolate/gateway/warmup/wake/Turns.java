package io.percolate.gateway.warmup.wake;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * So much work at once: first what is part of something begun, then what begins something, each first come first served. So
 * of very many things some are ended soon, in place of all being begun first. Who goes away while it waits leaves the queue.
 * Work that has its turn keeps it until it ends, errors or is cancelled.
 */
final class Turns {
    private final Deque<Runnable> begun = new ArrayDeque<>();
    private final Deque<Runnable> beginning = new ArrayDeque<>();
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

    private <T> Mono<T> take(Deque<Runnable> queue, Mono<T> work) {
        return Mono.usingWhen(turn(queue), held -> work, Held::done, (held, error) -> held.done(), Held::done);
    }

    private Mono<Held> turn(Deque<Runnable> queue) {
        return Mono.create(sink -> {
            Held held = new Held();
            Runnable granted = () -> sink.success(held);
            // Gone while it waited, or in the moment in which it was granted: who comes next gets the turn.
            sink.onCancel(() -> {
                if (!leave(queue, granted)) {
                    held.release();
                }
            });
            if (enter(queue, granted)) {
                granted.run();
            }
        });
    }

    private synchronized boolean enter(Deque<Runnable> queue, Runnable granted) {
        if (free > 0) {
            free--;
            return true;
        }
        queue.addLast(granted);
        return false;
    }

    private synchronized boolean leave(Deque<Runnable> queue, Runnable granted) {
        return queue.remove(granted);
    }

    private void release() {
        Runnable next = nextOrFree();
        if (next != null) {
            next.run();
        }
    }

    private synchronized @Nullable Runnable nextOrFree() {
        Runnable next = begun.isEmpty() ? beginning.pollFirst() : begun.pollFirst();
        if (next == null) {
            free++;
        }
        return next;
    }

    /** A turn, given back once. */
    private final class Held {
        private final AtomicBoolean released = new AtomicBoolean();

        Mono<Void> done() {
            return Mono.fromRunnable(this::release);
        }

        void release() {
            if (!released.getAndSet(true)) {
                Turns.this.release();
            }
        }
    }
}
