package io.percolate.gateway.context;

import java.time.Duration;
import java.util.Objects;
import reactor.core.publisher.Mono;

/** Waits for a result in a test, for a bounded time. */
public final class Awaited {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Awaited() {}

    public static <T> T await(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(LIMIT), "the Mono was empty");
    }
}
