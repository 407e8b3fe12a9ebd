package io.percolate.gateway.admin.http;

import reactor.core.publisher.Mono;

/**
 * Answers the calls of one route.
 *
 * <p>Runs on an event loop and must not block. Refuses with {@link ProblemException}, thrown or emitted. Cancelled when
 * the caller goes away or the route's deadline passes.
 */
@FunctionalInterface
public interface Handler {
    /** Never empty. */
    Mono<Reply> handle(Call call);
}
