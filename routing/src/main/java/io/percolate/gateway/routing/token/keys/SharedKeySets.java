package io.percolate.gateway.routing.token.keys;

import java.time.Duration;
import java.util.Optional;
import reactor.core.publisher.Mono;

/** Key sets that gateways share, so that a restart of all of them asks an issuer once, and survives its outage. */
public interface SharedKeySets {
    /** Nothing is shared. */
    SharedKeySets NONE = new SharedKeySets() {
        @Override
        public Mono<Optional<Kept>> find(String source, Duration ageMax) {
            return Mono.just(Optional.empty());
        }

        @Override
        public void offer(String source, String json) {
            // Nobody to take it.
        }
    };

    /**
     * A document that a gateway has fetched.
     *
     * @param age since then; not negative
     */
    record Kept(String json, Duration age) {}

    /**
     * The document that some gateway has fetched from this source, no longer ago than this. Answers within a deadline of
     * its own, and never errors.
     */
    Mono<Optional<Kept>> find(String source, Duration ageMax);

    /** Takes in what the source has just given. Returns at once. */
    void offer(String source, String json);
}
