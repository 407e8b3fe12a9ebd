package io.percolate.gateway.warmup.wake;

import java.time.Duration;
import java.util.function.LongSupplier;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Time as the wake sees it.
 *
 * @param timer runs delays and deadlines
 * @param nanos a monotonic clock
 */
public record WakeClock(Scheduler timer, LongSupplier nanos) {
    public long now() {
        return nanos.getAsLong();
    }

    public Duration since(long startNanos) {
        return Duration.ofNanos(nanos.getAsLong() - startNanos);
    }

    /** Completes empty after the delay. */
    public <T> Mono<T> pause(Duration delay) {
        return Mono.delay(delay, timer).then(Mono.empty());
    }
}
