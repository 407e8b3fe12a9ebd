package io.percolate.gateway.routing.token.keys;

import reactor.core.publisher.Mono;

/** Where a key set comes from; its string form says so to people. */
interface JwksSource {
    /**
     * Asks once. Never empty; errors with whatever went wrong. The caller sets the deadline, and asks one at a time.
     *
     * @param whole the document is wanted even if it has not changed: the last answer was of no use
     */
    Mono<Fetched> fetch(boolean whole);

    /** What the source had to say. */
    sealed interface Fetched {
        record Document(String json) implements Fetched {}

        /** The same as last time. */
        record Unchanged() implements Fetched {}
    }
}
