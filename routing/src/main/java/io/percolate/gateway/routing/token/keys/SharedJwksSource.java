package io.percolate.gateway.routing.token.keys;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * An endpoint that other gateways ask, too: the first fetch of a process takes what one of them has fetched a short while
 * ago, or, where the endpoint fails, what may still be kept. Every further fetch asks the endpoint.
 */
final class SharedJwksSource implements JwksSource {
    private final JwksSource endpoint;
    private final SharedKeySets shared;
    private final Duration freshMax;
    private final Duration keepMax;
    private volatile boolean begun;
    private volatile @Nullable String last;

    SharedJwksSource(JwksSource endpoint, SharedKeySets shared, Duration freshMax, Duration keepMax) {
        this.endpoint = endpoint;
        this.shared = shared;
        this.freshMax = freshMax;
        this.keepMax = keepMax;
    }

    @Override
    public Duration interval(Duration configured) {
        return endpoint.interval(configured);
    }

    @Override
    public Mono<Fetched> fetch(boolean whole) {
        if (begun) {
            return ask(whole);
        }
        begun = true;
        return shared.find(toString(), freshMax)
                .flatMap(found -> found.isPresent()
                        ? Mono.<Fetched>just(document(found.get()))
                        : ask(whole).onErrorResume(this::kept));
    }

    private Mono<Fetched> ask(boolean whole) {
        return endpoint.fetch(whole).doOnNext(fetched -> {
            if (fetched instanceof Fetched.Document(String json, Duration age)) {
                last = json;
            }
            // What has not changed is as young as what is new.
            String document = last;
            if (document != null) {
                shared.offer(toString(), document);
            }
        });
    }

    private Mono<Fetched> kept(Throwable error) {
        return shared.find(toString(), keepMax)
                .flatMap((Optional<SharedKeySets.Kept> found) ->
                        found.isPresent() ? Mono.just(document(found.get())) : Mono.error(error));
    }

    /** As old as it is: else an outage would let keys serve for the time that they may be kept once more. */
    private static Fetched document(SharedKeySets.Kept kept) {
        return new Fetched.Document(kept.json(), kept.age());
    }

    @Override
    public String toString() {
        return endpoint.toString();
    }
}
