package io.percolate.gateway.routing.token.keys;

import java.time.Duration;
import java.util.Optional;
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
                        ? Mono.<Fetched>just(new Fetched.Document(found.get()))
                        : ask(whole).onErrorResume(this::kept));
    }

    private Mono<Fetched> ask(boolean whole) {
        return endpoint.fetch(whole).doOnNext(fetched -> {
            if (fetched instanceof Fetched.Document(String json)) {
                shared.offer(toString(), json);
            }
        });
    }

    private Mono<Fetched> kept(Throwable error) {
        return shared.find(toString(), keepMax)
                .flatMap((Optional<String> found) ->
                        found.isPresent() ? Mono.just(new Fetched.Document(found.get())) : Mono.error(error));
    }

    @Override
    public String toString() {
        return endpoint.toString();
    }
}
