package io.percolate.gateway.warmup.wake;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.percolate.gateway.warmup.handoff.MoveOutcome;
import java.time.Duration;

/** What became of planned moves, and what they cost. */
final class MoveMetrics {
    private final MeterRegistry registry;
    private final Timer held;
    private final Counter preparedBytes;

    MoveMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.held = Timer.builder("move.held.duration")
                .description("How long requests of a moved tenant waited at most")
                .register(registry);
        this.preparedBytes = Counter.builder("move.prepared.bytes")
                .description("What pods have fetched of tenants before these were moved")
                .register(registry);
    }

    void count(MoveOutcome outcome) {
        registry.counter("moves", "outcome", label(outcome)).increment();
        if (outcome instanceof MoveOutcome.Moved moved) {
            held(moved.held());
        }
    }

    /** Also of moves that were rolled back. */
    void held(Duration duration) {
        held.record(duration);
    }

    void prepared(long bytes) {
        preparedBytes.increment((double) bytes);
    }

    private static String label(MoveOutcome outcome) {
        return switch (outcome) {
            case MoveOutcome.Moved _ -> "moved";
            case MoveOutcome.InPlace _ -> "in_place";
            case MoveOutcome.NotHot _ -> "not_hot";
            case MoveOutcome.Busy _ -> "busy";
            case MoveOutcome.NoRoom _ -> "no_room";
            case MoveOutcome.Contended _ -> "contended";
            case MoveOutcome.Failed _ -> "failed";
            case MoveOutcome.NotServed _ -> "not_served";
        };
    }
}
