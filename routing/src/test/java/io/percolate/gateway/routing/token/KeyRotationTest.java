package io.percolate.gateway.routing.token;

import static io.percolate.gateway.routing.token.Forge.P256;
import static io.percolate.gateway.routing.token.Forge.PATIENCE;
import static io.percolate.gateway.routing.token.Forge.RSA;
import static io.percolate.gateway.routing.token.Forge.STRANGER;
import static io.percolate.gateway.routing.token.Forge.claims;
import static io.percolate.gateway.routing.token.Forge.jwks;
import static io.percolate.gateway.routing.token.Forge.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.token.keys.JwksConfig;
import io.percolate.gateway.routing.token.keys.KeyRing;
import io.percolate.gateway.routing.token.keys.KeyRingStatus;
import io.percolate.gateway.routing.token.keys.KeySet;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import io.percolate.gateway.routing.token.keys.SignatureProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** What becomes of tokens while the issuer's endpoint rotates, fails, hangs or lies. */
class KeyRotationTest {
    private static final Duration A_REFRESH = Duration.ofMinutes(5);
    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    private final VirtualTime time = new VirtualTime();
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final JwksServer issuer = new JwksServer(jwks(RSA));
    private final JwtTokenVerifier verifier =
            JwtTokenVerifier.create(Forge.config(Forge.keysByUrl(issuer.url())), registry, Forge.clock(time), time);

    @AfterEach
    void close() {
        verifier.close();
        issuer.close();
    }

    @Test
    void loadsTheKeysAndSaysSo() {
        verifier.load().block(PATIENCE);

        assertThat(verifier.isReady()).isTrue();
        assertThat(keys().source()).isEqualTo(issuer.url().toString());
        assertThat(keys().kids()).containsExactly(RSA.keyId());
        assertThat(keys().lastSuccess()).isEqualTo(Forge.NOW);
        assertThat(keys().lastError()).isNull();
        assertThat(registry.get("jwks.keys").gauge().value()).isEqualTo(1);
        assertThat(refreshes("success")).isEqualTo(1);
        time.advanceTimeBy(Duration.ofSeconds(90));
        assertThat(registry.get("jwks.age").gauge().value()).isEqualTo(90);
    }

    @Test
    void aRotatedKeyIsFetchedForTheFirstTokenThatNamesIt() {
        verifier.load().block(PATIENCE);
        issuer.answers(jwks(RSA, P256));

        assertThat(verifier.verify(token(P256, claims())).block(PATIENCE)).isNotNull();
        assertThat(issuer.requests()).isEqualTo(2);
    }

    @Test
    void aRotatedKeyWithoutNamesIsFetchedWhenTheOldOneFails() {
        verifier.load().block(PATIENCE);
        issuer.answers(jwks(STRANGER));
        String nameless = token("{\"alg\":\"ES256\"}", claims(), STRANGER, SignatureAlgorithm.ES256);

        assertThat(verifier.verify(nameless).block(PATIENCE)).isNotNull();
    }

    @Test
    void unknownKeysCauseAFewFetchesAndThenOneInThirtySeconds() {
        // given
        verifier.load().block(PATIENCE);

        // when
        for (int i = 0; i < 50; i++) {
            assertThat(refusalOfKid("made-up-" + i)).isEqualTo(FailureKind.TOKEN_KEY_UNKNOWN);
        }

        // then
        assertThat(issuer.requests()).isEqualTo(1 + 5);

        // and when
        issuer.answers(jwks(RSA, P256));
        time.advanceTimeBy(Duration.ofSeconds(30).minusMillis(1));
        assertThat(refusalOfKid(P256.keyId())).isEqualTo(FailureKind.TOKEN_KEY_UNKNOWN);
        time.advanceTimeBy(Duration.ofMillis(1));

        // then
        assertThat(verifier.verify(token(P256, claims())).block(PATIENCE)).isNotNull();
        assertThat(issuer.requests()).isEqualTo(1 + 5 + 1);
    }

    @Test
    void aRotatedKeyShowsWithinTheConfiguredIntervalWhateverNamesAreMadeUp() {
        JwksConfig everySecond = new JwksConfig(
                Optional.of(issuer.url()),
                Optional.empty(),
                A_REFRESH,
                TIMEOUT,
                Duration.ofDays(1),
                Duration.ofSeconds(1));
        try (JwtTokenVerifier eager = Forge.loaded(Forge.config(everySecond), registry, time)) {
            for (int second = 0; second < 20; second++) {
                for (int i = 0; i < 50; i++) {
                    String madeUp = "made-up-" + second + "-" + i;
                    Forge.refusal(
                            eager,
                            token(
                                    "{\"alg\":\"ES256\",\"kid\":\"" + madeUp + "\"}",
                                    claims(),
                                    P256,
                                    SignatureAlgorithm.ES256));
                }
                time.advanceTimeBy(Duration.ofSeconds(1));
            }
            assertThat(issuer.requests()).as("five at once, then one a second").isBetween(20, 25);
            issuer.answers(jwks(RSA, P256));

            assertThat(eager.verify(token(P256, claims())).block(PATIENCE)).isNotNull();
        }
    }

    @Test
    void anIssuerThatNamesItsAnswersIsAskedWhetherTheyHaveChanged() {
        issuer.answersTagged(jwks(RSA), "\"one\"");
        verifier.load().block(PATIENCE);
        time.advanceTimeBy(Duration.ofSeconds(60));

        assertThat(refusalOfKid("stray")).isEqualTo(FailureKind.TOKEN_KEY_UNKNOWN);

        assertThat(issuer.notModified()).isEqualTo(1);
        assertThat(keys().lastSuccess()).isEqualTo(Forge.NOW.plusSeconds(60));
        issuer.answersTagged(jwks(RSA, P256), "\"two\"");
        assertThat(verifier.verify(token(P256, claims())).block(PATIENCE)).isNotNull();
        assertThat(issuer.notModified()).isEqualTo(1);
    }

    @Test
    void aStrayTokenDoesNotDelayAKeyThatIsRotatedInAfterIt() {
        verifier.load().block(PATIENCE);
        assertThat(refusalOfKid("stray")).isEqualTo(FailureKind.TOKEN_KEY_UNKNOWN);
        issuer.answers(jwks(RSA, P256));

        assertThat(verifier.verify(token(P256, claims())).block(PATIENCE)).isNotNull();
    }

    @Test
    void aKeyThatIsPublishedAfterItsFirstTokenIsAcceptedASecondLater() {
        verifier.load().block(PATIENCE);
        assertThat(refusalOfKid(P256.keyId())).isEqualTo(FailureKind.TOKEN_KEY_UNKNOWN);
        issuer.answers(jwks(RSA, P256));
        assertThat(refusalOfKid(P256.keyId())).isEqualTo(FailureKind.TOKEN_KEY_UNKNOWN);

        time.advanceTimeBy(Duration.ofSeconds(1));

        assertThat(verifier.verify(token(P256, claims())).block(PATIENCE)).isNotNull();
        assertThat(issuer.requests()).isEqualTo(3);
    }

    @Test
    void allWhoNameAnUnknownKeyShareOneFetch() {
        // given
        verifier.load().block(PATIENCE);
        Sinks.Empty<Void> told = issuer.answersWhenTold(jwks(RSA, P256));
        List<Mono<VerifiedToken>> waiting = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            Mono<VerifiedToken> one = verifier.verify(token(P256, claims("\"jti\":\"" + i + "\"")))
                    .subscribeOn(Schedulers.parallel())
                    .cache();
            waiting.add(one);
        }
        List<Disposable> subscriptions = waiting.stream().map(Mono::subscribe).toList();
        await().atMost(PATIENCE).until(() -> issuer.requests() == 2);

        // when: one goes away, and the issuer answers
        subscriptions.getFirst().dispose();
        told.tryEmitEmpty();

        // then
        for (Mono<VerifiedToken> one : waiting) {
            assertThat(one.block(PATIENCE)).isNotNull();
        }
        assertThat(issuer.requests()).isEqualTo(2);
    }

    @Test
    void whoWasJudgedByKeysThatHaveBeenReplacedIsJudgedAgainRatherThanHeldOff() {
        // given: a fetch that a token caused has just ended
        JwksConfig config = Forge.keysByUrl(issuer.url());
        SignatureProvider jdk = SignatureProvider.of(SignatureProvider.Choice.JDK);
        KeyRing ring = new KeyRing("issuer", config, jdk, registry, Forge.clock(time), time, () -> 0.5);
        ring.load().block(PATIENCE);
        KeySet before = ring.current();
        issuer.answers(jwks(RSA, P256));
        ring.refetch("k", before).orElseThrow().block(PATIENCE);

        // then
        assertThat(ring.refetch("k", before)).as("judged by the old keys").isPresent();
        ring.refetch("k", before).orElseThrow().block(PATIENCE);
        assertThat(issuer.requests()).isEqualTo(2);
        assertThat(ring.refetch("k", ring.current()))
                .as("judged by the new ones")
                .isEmpty();
        ring.close();
    }

    @Test
    void aFetchThatHangsEndsAtItsDeadlineAndReleasesAll() {
        // given
        verifier.load().block(PATIENCE);
        issuer.hangs();
        Mono<VerifiedToken> waiting = verifier.verify(token(P256, claims())).cache();
        Disposable subscription = waiting.onErrorComplete().subscribe();
        await().atMost(PATIENCE).until(() -> issuer.requests() == 2);

        // when
        assertThat(subscription.isDisposed()).isFalse();
        time.advanceTimeBy(TIMEOUT);

        // then
        await().atMost(PATIENCE).until(subscription::isDisposed);
        assertThat(keys().lastError()).contains("PT3S");
        assertThat(verifier.verify(token(RSA, claims())).block(PATIENCE)).isNotNull();
    }

    @Test
    void theBackgroundRefreshTakesInNewKeysAndDropsTokensOfOldOnes() {
        // given
        verifier.load().block(PATIENCE);
        String old = token(RSA, claims("\"exp\":" + Forge.NOW.plusSeconds(3_600).getEpochSecond()));
        verifier.verify(old).block(PATIENCE);
        issuer.answers(jwks(P256));

        // when
        afterFetchIn(A_REFRESH);

        // then
        assertThat(keys().kids()).containsExactly(P256.keyId());
        assertThat(verifier.cached(old)).isNull();
        assertThat(Forge.refusal(verifier, old).kind()).isEqualTo(FailureKind.TOKEN_KEY_UNKNOWN);
    }

    static Stream<Arguments> waysToFail() {
        return Stream.of(
                way("500", issuer -> issuer.answers(HttpResponseStatus.INTERNAL_SERVER_ERROR), "500"),
                way("404", issuer -> issuer.answers(HttpResponseStatus.NOT_FOUND), "404"),
                way("204", issuer -> issuer.answers(HttpResponseStatus.NO_CONTENT), "204"),
                way("redirect", issuer -> issuer.redirectsTo("http://127.0.0.1:1/"), "302"),
                way("empty body", issuer -> issuer.answers(""), "not a JWK set"),
                way("HTML", issuer -> issuer.answers("<html>sign in</html>"), "not a JWK set"),
                way("another JSON", issuer -> issuer.answers("{\"error\":\"x\"}"), "no member 'keys'"),
                way("keys of another type", issuer -> issuer.answers("{\"keys\":{}}"), "not a JWK set"),
                way("no keys", issuer -> issuer.answers("{\"keys\":[]}"), "empty"),
                way(
                        "only unusable keys",
                        issuer -> issuer.answers("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"},1]}"),
                        "no usable key"),
                way(
                        "too many keys",
                        issuer -> issuer.answers("{\"keys\":[" + "{},".repeat(256) + "{}]}"),
                        "at most 256"),
                way("too large", issuer -> issuer.answers(" ".repeat(513 << 10)), "at most 524288"),
                way("broken off", JwksServer::breaksOff, "premature"),
                way("closed", JwksServer::close, "refused"));
    }

    private static Arguments way(String name, Consumer<JwksServer> fail, String error) {
        return Arguments.of(name, fail, error);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("waysToFail")
    void aFailingEndpointLeavesTheLastGoodKeysInUse(String name, Consumer<JwksServer> fail, String error) {
        // given
        verifier.load().block(PATIENCE);
        fail.accept(issuer);

        // when
        afterFetchIn(A_REFRESH);

        // then
        assertThat(keys().lastError()).containsIgnoringCase(error);
        assertThat(keys().lastSuccess()).isEqualTo(Forge.NOW);
        assertThat(verifier.verify(token(RSA, claims())).block(PATIENCE)).isNotNull();
        assertThat(refreshes("failure")).isPositive();
    }

    @Test
    void theLastGoodKeysAreGivenUpOnceTheyAreTooOld() {
        // given
        JwksConfig sixMinutes = new JwksConfig(
                Optional.of(issuer.url()),
                Optional.empty(),
                A_REFRESH,
                TIMEOUT,
                Duration.ofMinutes(6),
                Duration.ofSeconds(30));
        JwtTokenVerifier impatient = Forge.loaded(Forge.config(sixMinutes), registry, time);
        String token =
                token(RSA, claims("\"exp\":" + Forge.NOW.plusSeconds(999_999).getEpochSecond()));
        impatient.verify(token).block(PATIENCE);
        issuer.answers(HttpResponseStatus.INTERNAL_SERVER_ERROR);

        // when: each failure is followed by a later attempt
        afterFetchIn(A_REFRESH);
        for (int seconds : new int[] {1, 2, 4, 8, 16}) {
            afterFetchIn(Duration.ofSeconds(seconds));
        }
        assertThat(impatient.cached(token)).isNotNull();
        afterFetchIn(Duration.ofSeconds(30));

        // then
        assertThat(impatient.isReady()).isFalse();
        assertThat(impatient.cached(token)).isNull();
        assertThat(Forge.refusal(impatient, token).kind()).isEqualTo(FailureKind.KEYS_UNAVAILABLE);

        // and when
        issuer.answers(jwks(RSA));
        afterFetchIn(Duration.ofSeconds(30));

        // then
        assertThat(impatient.verify(token).block(PATIENCE)).isNotNull();
        impatient.close();
    }

    @Test
    void withoutAnyKeysItAnswers503AndRecoversByItself() {
        // given
        issuer.answers(HttpResponseStatus.SERVICE_UNAVAILABLE);
        verifier.load().block(PATIENCE);

        // when
        Failure refused = Forge.refusal(verifier, token(RSA, claims()));

        // then
        assertThat(refused.kind()).isEqualTo(FailureKind.KEYS_UNAVAILABLE);
        assertThat(refused.retryAfter()).isNotNull();
        assertThat(verifier.isReady()).isFalse();
        assertThat(registry.get("jwks.age").gauge().value()).isNaN();

        // and when
        issuer.answers(jwks(RSA));
        time.advanceTimeBy(Duration.ofSeconds(2));

        // then
        await().atMost(PATIENCE).until(verifier::isReady);
        assertThat(verifier.verify(token(RSA, claims())).block(PATIENCE)).isNotNull();
    }

    @Test
    void oneBadKeyDoesNotSpoilTheOthers() {
        issuer.answers("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"bad\",\"n\":\"AQ\",\"e\":\"AQAB\"},"
                + Forge.jwk(RSA).toJSONString() + "]}");

        verifier.load().block(PATIENCE);

        assertThat(keys().kids()).containsExactly(RSA.keyId());
        assertThat(keys().ignored()).singleElement().asString().contains("bad");
    }

    @Test
    void closingReleasesWhoWaits() {
        verifier.load().block(PATIENCE);
        issuer.hangs();
        Disposable waiting =
                verifier.verify(token(P256, claims())).onErrorComplete().subscribe();
        await().atMost(PATIENCE).until(() -> issuer.requests() == 2);

        verifier.close();

        await().atMost(PATIENCE).until(waiting::isDisposed);
        assertThat(refusalOfKid("other")).isEqualTo(FailureKind.TOKEN_KEY_UNKNOWN);
        time.advanceTimeBy(Duration.ofHours(1));
        assertThat(issuer.requests()).isEqualTo(2);
    }

    /** Lets that much time pass, at whose end a fetch is due, and waits for it to be over. */
    private void afterFetchIn(Duration wait) {
        double before = refreshes("success") + refreshes("failure");
        time.advanceTimeBy(wait);
        await().atMost(PATIENCE).until(() -> refreshes("success") + refreshes("failure") > before);
    }

    private FailureKind refusalOfKid(String kid) {
        String header = "{\"alg\":\"ES256\",\"kid\":\"" + kid + "\"}";
        return Forge.refusal(verifier, token(header, claims(), P256, SignatureAlgorithm.ES256))
                .kind();
    }

    private double refreshes(String outcome) {
        return registry.get("jwks.refresh").tag("outcome", outcome).counter().count();
    }

    private KeyRingStatus keys() {
        return verifier.keys().getFirst();
    }
}
