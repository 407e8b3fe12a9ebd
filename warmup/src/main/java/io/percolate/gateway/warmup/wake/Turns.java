package io.percolate.gateway.warmup.wake;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * So much work at once, first come first served; who goes away while it waits leaves the queue. Work that has begun keeps
 * its turn until it ends, errors or is cancelled.
 */
final class Turns {
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private int free;

    Turns(int atOnce) {
        this.free = atOnce;
    }

    /** The work, begun when it is its turn. */
    <T> Mono<T> take(Mono<T> work) {
        return Mono.usingWhen(turn(), held -> work, Held::done, (held, error) -> held.done(), Held::done);
    }

    private Mono<Held> turn() {
        return Mono.create(sink -> {
            Held held = new Held();
            Runnable granted = () -> sink.success(held);
            // Gone while it waited, or in the moment in which it was granted: who comes next gets the turn.
            sink.onCancel(() -> {
                if (!leave(granted)) {
                    held.release();
                }
            });
            if (enter(granted)) {
                granted.run();
            }
        });
    }

    private synchronized boolean enter(Runnable granted) {
        if (free > 0) {
            free--;
            return true;
        }
        waiting.addLast(granted);
        return false;
    }

    private synchronized boolean leave(Runnable granted) {
        return waiting.remove(granted);
    }

    private void release() {
        Runnable next = nextOrFree();
        if (next != null) {
            next.run();
        }
    }

    private synchronized @Nullable Runnable nextOrFree() {
        Runnable next = waiting.pollFirst();
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
