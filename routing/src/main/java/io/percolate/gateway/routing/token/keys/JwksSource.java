package io.percolate.gateway.routing.token.keys;

import java.time.Duration;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Where a key set comes from; its string form says so to people. */
interface JwksSource {
    /** The configured one; the scheduler runs what blocks. What comes by URL is shared with other gateways. */
    static JwksSource of(JwksConfig config, Scheduler scheduler, SharedKeySets shared) {
        return config.file()
                .<JwksSource>map(file -> new JwksFile(file, scheduler))
                .orElseGet(() -> endpoint(config, shared));
    }

    private static JwksSource endpoint(JwksConfig config, SharedKeySets shared) {
        JwksEndpoint endpoint = new JwksEndpoint(
                config.url().orElseThrow(() -> new IllegalArgumentException("a key ring needs a URL or a file")),
                config.timeout());
        return shared.equals(SharedKeySets.NONE)
                ? endpoint
                : new SharedJwksSource(endpoint, shared, config.refreshInterval(), config.keepMax());
    }

    /** How often to ask, given how often one is told to. */
    default Duration interval(Duration configured) {
        return configured;
    }

    /**
     * Asks once. Never empty; errors with whatever went wrong. The caller sets the deadline, and asks one at a time.
     *
     * @param whole the document is wanted even if it has not changed: the last answer was of no use
     */
    Mono<Fetched> fetch(boolean whole);

    /** What the source had to say. */
    sealed interface Fetched {
        /** @param age since its source said so; above zero where it was kept elsewhere meanwhile */
        record Document(String json, Duration age) implements Fetched {
            Document(String json) {
                this(json, Duration.ZERO);
            }
        }

        /** The same as last time. */
        record Unchanged() implements Fetched {}
    }
}
