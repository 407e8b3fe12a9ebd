package io.percolate.gateway.warmup.wake;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import reactor.core.publisher.Mono;

/**
 * Answers that are the same for many who ask at about the same time: one reads, the others share what it has read, or is
 * reading, until that is too old. What fails is read again by the next.
 */
final class RecentReads<K, V> {
    private static final int KEPT_MAX = 256;

    private final long ageMaxNanos;
    private final LongSupplier clock;
    private final Map<K, Read<V>> reads = new ConcurrentHashMap<>();

    /** @param ageMax of an answer, counted from when it came; zero: everybody reads */
    RecentReads(Duration ageMax, LongSupplier clock) {
        this.ageMaxNanos = ageMax.toNanos();
        this.clock = clock;
    }

    /** What was read of this key, or is read now; a read goes on when all who have asked for it are gone. */
    Mono<V> get(K key, Mono<V> reading) {
        return ageMaxNanos == 0
                ? reading
                : Mono.defer(() -> {
                    if (reads.size() > KEPT_MAX) {
                        reads.values().removeIf(this::isOld);
                    }
                    return reads.compute(
                                    key,
                                    (same, known) -> known == null || isOld(known) ? new Read<>(reading, clock) : known)
                            .answer;
                });
    }

    /** Whoever asks from now on reads anew. */
    void forget() {
        reads.clear();
    }

    private boolean isOld(Read<V> read) {
        return read.ended && (read.failed || clock.getAsLong() - read.endedNanos > ageMaxNanos);
    }

    private static final class Read<V> {
        private final Mono<V> answer;
        private long endedNanos;
        private boolean failed;
        private volatile boolean ended;

        Read(Mono<V> reading, LongSupplier clock) {
            this.answer = reading.doOnSuccess(value -> end(clock, false))
                    .doOnError(error -> end(clock, true))
                    .cache();
        }

        private void end(LongSupplier clock, boolean withFailure) {
            endedNanos = clock.getAsLong();
            failed = withFailure;
            ended = true;
        }
    }
}
