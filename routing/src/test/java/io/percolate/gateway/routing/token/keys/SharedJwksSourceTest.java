package io.percolate.gateway.routing.token.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.routing.token.keys.JwksSource.Fetched;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class SharedJwksSourceTest {
    private static final Duration FRESH = Duration.ofMinutes(5);
    private static final Duration KEEP = Duration.ofDays(1);

    private final Shelf shelf = new Shelf();
    private final Endpoint endpoint = new Endpoint();
    private final SharedJwksSource source = new SharedJwksSource(endpoint, shelf, FRESH, KEEP);

    @Test
    void theFirstFetchSparesTheEndpointWhereAnotherGatewayHasJustAsked() {
        shelf.put("shared", Duration.ofMinutes(1));

        assertThat(source.fetch(false).block()).isEqualTo(new Fetched.Document("shared", Duration.ofMinutes(1)));
        assertThat(endpoint.asked).isZero();
        assertThat(source.fetch(false).block()).isEqualTo(new Fetched.Document("own"));
        assertThat(shelf.offered).containsExactly("own");
    }

    @Test
    void anEndpointThatFailsAtTheStartIsReplacedByWhatMayStillBeKept() {
        shelf.put("shared", Duration.ofHours(2));
        endpoint.down = true;

        assertThat(source.fetch(false).block()).isEqualTo(new Fetched.Document("shared", Duration.ofHours(2)));
        assertThat(endpoint.asked).isEqualTo(1);
        // Afterwards it is the key ring that keeps the last good ones.
        assertThatThrownBy(() -> source.fetch(false).block()).isInstanceOf(JwksException.class);
    }

    @Test
    void whereNothingIsSharedTheEndpointDecides() {
        assertThat(source.fetch(false).block()).isEqualTo(new Fetched.Document("own"));
        assertThat(shelf.offered).containsExactly("own");

        endpoint.down = true;
        shelf.put("shared", Duration.ofDays(2));
        SharedJwksSource other = new SharedJwksSource(endpoint, shelf, FRESH, KEEP);
        assertThatThrownBy(() -> other.fetch(false).block()).isInstanceOf(JwksException.class);
    }

    @Test
    void keysThatWereKeptElsewhereServeNoLongerForIt() {
        Instant now = Instant.parse("2026-03-01T12:00:00Z");
        String jwks = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"a\","
                + "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";
        shelf.put(jwks, Duration.ofHours(20));
        endpoint.down = true;
        Fetched kept = Objects.requireNonNull(source.fetch(false).block());

        KeyState taken = KeyState.NOTHING.after(kept, SignatureProvider.of(SignatureProvider.Choice.JDK), now);

        assertThat(taken.lastSuccess()).isEqualTo(now.minus(Duration.ofHours(20)));
        JwksException down = new JwksException("down");
        assertThat(taken.after(down, KEEP, now.plus(Duration.ofHours(3))).keys())
                .isNotNull();
        assertThat(taken.after(down, KEEP, now.plus(Duration.ofHours(5))).keys())
                .isNull();
    }

    private static final class Shelf implements SharedKeySets {
        private final List<String> offered = new ArrayList<>();
        private @Nullable String json;
        private Duration age = Duration.ZERO;

        void put(String document, Duration old) {
            json = document;
            age = old;
        }

        @Override
        public Mono<Optional<Kept>> find(String from, Duration ageMax) {
            return Mono.just(
                    json == null || age.compareTo(ageMax) > 0 ? Optional.empty() : Optional.of(new Kept(json, age)));
        }

        @Override
        public void offer(String from, String document) {
            offered.add(document);
        }
    }

    private static final class Endpoint implements JwksSource {
        private boolean down;
        private int asked;

        @Override
        public Mono<Fetched> fetch(boolean whole) {
            asked++;
            return down ? Mono.error(new JwksException("down")) : Mono.just(new Fetched.Document("own"));
        }
    }
}
