package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.postgres.DatabaseException;
import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Short absences of the database, waited for where all but one line of a work is done. */
final class Outages {
    private static final int ATTEMPTS_MAX = 5;
    private static final Duration PAUSE = Duration.ofMillis(50);

    private Outages() {}

    /** The statement, repeated while the database is away; it must be safe to repeat. */
    static <T> Mono<T> outlast(WakeClock clock, Mono<T> statement) {
        return statement.retryWhen(Retry.backoff(ATTEMPTS_MAX, PAUSE)
                .scheduler(clock.timer())
                .filter(DatabaseException.class::isInstance)
                .onRetryExhaustedThrow((retry, signal) -> signal.failure()));
    }
}
