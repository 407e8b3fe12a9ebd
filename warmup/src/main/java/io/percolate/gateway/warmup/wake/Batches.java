package io.percolate.gateway.warmup.wake;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** What is asked for while a call is under way goes with the next call, in the order in which it was asked. */
final class Batches<T> {
    private final int max;
    private final Function<List<T>, Mono<Void>> send;
    private final BiConsumer<T, Throwable> fail;
    private final Queue<T> asked = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean underWay = new AtomicBoolean();

    /**
     * @param max in one call
     * @param send one call, which tells each what came of it
     * @param fail tells one of a call that failed
     */
    Batches(int max, Function<List<T>, Mono<Void>> send, BiConsumer<T, Throwable> fail) {
        this.max = max;
        this.send = send;
        this.fail = fail;
    }

    void add(T one) {
        asked.add(one);
        next();
    }

    private void next() {
        while (!asked.isEmpty() && underWay.compareAndSet(false, true)) {
            List<T> batch = new ArrayList<>();
            for (T one = asked.poll(); one != null; one = batch.size() < max ? asked.poll() : null) {
                batch.add(one);
            }
            if (!batch.isEmpty()) {
                begin(batch);
                return;
            }
            underWay.set(false);
        }
    }

    private void begin(List<T> batch) {
        Mono.defer(() -> send.apply(batch))
                .doFinally(end -> {
                    underWay.set(false);
                    next();
                })
                .subscribe(nothing -> {}, error -> batch.forEach(one -> fail.accept(one, error)));
    }
}
