package io.percolate.gateway.warmup.wake;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import reactor.core.publisher.Mono;

/** What this process tells of its wakes: {@code wakes_total}, {@code cold_start_duration_seconds}, and two gauges. */
final class WakeMetrics {
    /** Where the time of a wake goes. */
    enum Phase {
        /** Waiting for the tier's turn, or for another process that wakes the tenant. */
        QUEUE,
        CLAIM,
        /** The target of a move fetches what will not change, while the source serves. */
        PREPARE,
        /** Telling that the tenant moves; from its end on requests are held. */
        ANNOUNCE,
        /** From there until the source has let go: gateways hear, requests end, data go to disk. */
        EVICT,
        PLACE,
        /** Waiting for a pod with room. */
        SCALE,
        LOAD,
        PROBE,
        PUBLISH
    }

    private final MeterRegistry registry;
    private final WakeClock clock;
    private final String steps;

    WakeMetrics(MeterRegistry registry, WakeClock clock) {
        this(registry, clock, "cold.start.duration");
    }

    /** @param steps names the timer of the phases */
    WakeMetrics(MeterRegistry registry, WakeClock clock, String steps) {
        this.steps = steps;
        this.registry = registry;
        this.clock = clock;
    }

    void watch(Object owner, IntSupplier flights, IntSupplier waiters) {
        registry.gauge("wake.flights", Tags.empty(), owner, ignored -> flights.getAsInt());
        registry.gauge("wake.waiters", Tags.empty(), owner, ignored -> waiters.getAsInt());
    }

    /** @param outcome of a closed set: woken, found_hot, or the kind of a failure */
    void count(Tier tier, String outcome) {
        registry.counter("wakes", "tier", tier.name(), "outcome", outcome).increment();
    }

    <T> Mono<T> timed(Tier tier, Phase phase, Mono<T> step) {
        return Mono.deferContextual(context -> {
            long startNanos = clock.now();
            PhaseTimes.begin(context, phase, startNanos);
            return step.doOnTerminate(() -> {
                long took = clock.now() - startNanos;
                timer(tier, phase).record(took, TimeUnit.NANOSECONDS);
                PhaseTimes.add(context, phase, took);
            });
        });
    }

    private Timer timer(Tier tier, Phase phase) {
        return Timer.builder(steps)
                .description("Where the time of wakes, or of moves, goes")
                .tag("tier", tier.name())
                .tag("phase", phase.name().toLowerCase(Locale.ROOT))
                .register(registry);
    }
}
