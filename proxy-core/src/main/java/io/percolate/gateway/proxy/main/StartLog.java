package io.percolate.gateway.proxy.main;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Tells each step of a start, and how long it took. */
final class StartLog {
    private static final Logger LOG = LoggerFactory.getLogger(StartLog.class);

    private final long startedNanos = System.nanoTime();

    /** Runs a step that opens something. */
    <T> T opened(String step, Supplier<T> open) {
        long before = System.nanoTime();
        T opened = open.get();
        LOG.info("{}: {} ms", step, millisSince(before));
        return opened;
    }

    /** Waits for a step; its deadline is its own. */
    void awaited(String step, Mono<?> work) {
        opened(step, () -> {
            work.then().block();
            return step;
        });
    }

    long millis() {
        return millisSince(startedNanos);
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }
}
