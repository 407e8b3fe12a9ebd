package io.percolate.gateway.routing.token;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Where the work on new tokens is done: on the thread that brings them, while that costs it no more than a share of its
 * time; else by workers, with a bound on what waits for them.
 *
 * <p>So a few new tokens cost no change of thread, and a storm of them does not stall the requests whose tokens are known
 * and which share their event loop. A thread's allowance grows with time, by {@link #SHARE} of it, and is spent by what
 * the work took.
 */
final class VerificationQueue implements AutoCloseable {
    /** Of a thread's time that the work may take on it; native signatures stay below it even at full load. */
    static final double SHARE = 0.75;
    /** What a thread may spend at once after a quiet time; with what it gains meanwhile, it is away for 8 ms at most. */
    static final long BURST_NANOS = 2_000_000;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final int queuedMax;
    private final LongSupplier nanoTime;
    private final Scheduler workers;
    private final AtomicInteger queued = new AtomicInteger();
    private final Counter handedOver;
    private final ThreadLocal<Allowance> allowances;

    VerificationQueue(int queuedMax, MeterRegistry registry) {
        this(queuedMax, registry, System::nanoTime);
    }

    VerificationQueue(int queuedMax, MeterRegistry registry, LongSupplier nanoTime) {
        this.queuedMax = queuedMax;
        this.nanoTime = nanoTime;
        // The bound on what is queued is our own.
        this.workers = Schedulers.newBoundedElastic(
                Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
                Integer.MAX_VALUE,
                "token-verify",
                60,
                true);
        this.allowances = ThreadLocal.withInitial(() -> new Allowance(nanoTime.getAsLong()));
        this.handedOver = Counter.builder("token.verifications.handed.over")
                .description(
                        "New tokens that were left to workers, since their event loop had spent its share on others")
                .register(registry);
        Gauge.builder("token.verifications.queued", queued, AtomicInteger::get)
                .description("New tokens that wait for a worker, or are with one")
                .register(registry);
    }

    private static final class Allowance {
        private long nanos = BURST_NANOS;
        private long countedAt;

        private Allowance(long now) {
            this.countedAt = now;
        }

        private boolean isLeft(long now) {
            nanos = Math.min(BURST_NANOS, nanos + (long) ((now - countedAt) * SHARE));
            countedAt = now;
            return nanos > 0;
        }
    }

    /** Does the work here and now, or by a worker. Errors with {@code OVERLOADED} when too much waits already. */
    <T> Mono<T> run(Supplier<Mono<T>> work) {
        Allowance mine = allowances.get();
        long begin = nanoTime.getAsLong();
        if (mine.isLeft(begin)) {
            Mono<T> result = work.get();
            mine.nanos -= nanoTime.getAsLong() - begin;
            return result;
        }
        if (queued.incrementAndGet() > queuedMax) {
            queued.decrementAndGet();
            return Mono.error(Failure.of(FailureKind.OVERLOADED, "too many new tokens at once")
                    .withRetryAfter(RETRY_AFTER)
                    .withOperatorDetail(queuedMax + " wait for their signature to be checked already")
                    .toException());
        }
        handedOver.increment();
        return Mono.fromSupplier(work)
                .subscribeOn(workers)
                .doFinally((SignalType end) -> queued.decrementAndGet())
                .flatMap(result -> result);
    }

    @Override
    public void close() {
        workers.dispose();
    }
}
