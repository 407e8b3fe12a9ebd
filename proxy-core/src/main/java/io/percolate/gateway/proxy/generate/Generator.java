package io.percolate.gateway.proxy.generate;

import reactor.core.publisher.Mono;

/** A service that answers a message from a context. */
public interface Generator {
    /**
     * Asks it. Completes with the first thing that it says, on any thread; cancelling, before that or the answer's body
     * after it, ends the call at once.
     *
     * <p>Errors with {@code FailureException} of kind {@code GENERATOR_UNAVAILABLE}, or with what reading the context
     * errors with.
     */
    Mono<Generated> generate(GenerateRequest request);
}
