package io.percolate.gateway.routing.token;

import static io.percolate.gateway.routing.token.Forge.NOW;
import static io.percolate.gateway.routing.token.Forge.P256;
import static io.percolate.gateway.routing.token.Forge.PATIENCE;
import static io.percolate.gateway.routing.token.Forge.RSA;
import static io.percolate.gateway.routing.token.Forge.TENANT;
import static io.percolate.gateway.routing.token.Forge.claims;
import static io.percolate.gateway.routing.token.Forge.token;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.revocation.Revocations;
import io.percolate.gateway.routing.stack.Settings;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class JwtTokenVerifierTest {
    private static final Secret SECRET = new Secret("a shared secret of more than 32 bytes");
    private static final TenantId OTHER_TENANT = TenantId.of("11111111-2222-3333-4444-555555555555");

    @TempDir
    Path folder;

    private final VirtualTime time = new VirtualTime();
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private JwtTokenVerifier verifier = sharedSecretOnly();

    @BeforeEach
    void loadKeys() throws Exception {
        verifier = verifying(anyAlgorithmKeys());
    }

    @AfterEach
    void close() {
        verifier.close();
    }

    private JwtTokenVerifier verifying(String jwks) throws Exception {
        Path file = Files.writeString(folder.resolve("jwks.json"), jwks);
        return Forge.loaded(Forge.config(Forge.keysByFile(file)), registry, time);
    }

    private JwtTokenVerifier sharedSecretOnly() {
        TokenConfig config = Forge.config(Forge.noKeys(), Optional.of(SECRET), true);
        return JwtTokenVerifier.create(config, new SimpleMeterRegistry(), Forge.clock(time), time);
    }

    /** RSA and Ed25519 without alg, so that all that their kind can do is accepted. */
    private static String anyAlgorithmKeys() {
        return new JWKSet(List.of(
                        new RSAKey.Builder((RSAKey) Forge.jwk(RSA))
                                .algorithm(null)
                                .build(),
                        new OctetKeyPair.Builder((OctetKeyPair) Forge.jwk(Forge.ED25519))
                                .algorithm(null)
                                .build(),
                        Forge.jwk(P256),
                        Forge.jwk(Forge.P384),
                        Forge.jwk(Forge.P521)))
                .toString();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "HS256")
    void acceptsEveryAlgorithmThatItsKeyAllows(SignatureAlgorithm algorithm) {
        SigningKeys keys = switch (algorithm) {
            case RS256, RS384, RS512, PS256, PS384, PS512 -> RSA;
            case ES256 -> P256;
            case ES384 -> Forge.P384;
            case ES512 -> Forge.P521;
            case EDDSA, ED25519 -> Forge.ED25519;
            case HS256 -> throw new AssertionError("has no key pair");
        };
        String token = token(Forge.header(algorithm, keys), claims(), keys, algorithm);

        VerifiedToken verified = verifier.verify(token).block(PATIENCE);

        assertThat(verified)
                .isEqualTo(new VerifiedToken(
                        TENANT,
                        "user-1",
                        Forge.ISSUER,
                        "token-1",
                        "",
                        NOW.plusSeconds(630).toEpochMilli()));
        assertThat(verifier.cached(token)).isSameAs(verified);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"aud\":[\"other\",\"edge\"]",
                "\"tenant_id\":\"6F1C3A52-58A5-4D0A-9A4E-0F0D6CBB8A01\"",
                "\"sub\":",
                "\"jti\":",
                "\"iat\":",
                "\"exp\":1e300",
                "\"exp\":1772366401.5",
                "\"extra\":{\"a\":[1,2,{\"b\":null}]}"
            })
    void acceptsWhatIsUnusualButInOrder(String claim) {
        assertThat(verifier.verify(token(P256, claims(claim))).block(PATIENCE))
                .extracting(VerifiedToken::tenant)
                .isEqualTo(TENANT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"JWT", "jwt", "at+jwt", "application/at+jwt"})
    void acceptsTheTypesOfAccessTokens(String type) {
        String header = "{\"typ\":\"" + type + "\","
                + Forge.header(SignatureAlgorithm.ES256, P256).substring(1);

        assertThat(verifier.verify(token(header, claims(), P256, SignatureAlgorithm.ES256))
                        .block(PATIENCE))
                .isNotNull();
    }

    @Test
    void acceptsTheTypesThatAreConfiguredOnly() throws Exception {
        Path file = Files.writeString(folder.resolve("typed.json"), Forge.jwks(P256));
        TokenConfig typed = Settings.read(
                TokenConfig::read,
                "GATEWAY_JWKS_FILE",
                file.toString(),
                "GATEWAY_JWT_TYPES",
                "secevent+jwt",
                "GATEWAY_JWT_SIGNATURES",
                "jdk");
        try (JwtTokenVerifier strict = Forge.loaded(typed, new SimpleMeterRegistry(), time)) {
            assertThat(strict.verify(ofType("\"typ\":\"application/SecEvent+JWT\","))
                            .block(PATIENCE))
                    .isNotNull();
            for (String other : List.of("", "\"typ\":\"JWT\",", "\"typ\":\"at+jwt\",", "\"typ\":\"\",")) {
                assertThat(Forge.refusal(strict, ofType(other)).kind())
                        .as(other)
                        .isEqualTo(FailureKind.TOKEN_MALFORMED);
            }
        }
    }

    private static String ofType(String member) {
        return token(
                "{" + member + Forge.header(SignatureAlgorithm.ES256, P256).substring(1),
                claims(),
                P256,
                SignatureAlgorithm.ES256);
    }

    @Test
    void refusesTokensThatLiveLongerThanIsConfigured() throws Exception {
        Path file = Files.writeString(folder.resolve("bounded.json"), Forge.jwks(P256));
        TokenConfig bounded = Settings.read(
                TokenConfig::read,
                "GATEWAY_JWKS_FILE",
                file.toString(),
                "GATEWAY_JWT_LIFETIME_MAX",
                "10m",
                "GATEWAY_JWT_EXP_REQUIRED",
                "false",
                "GATEWAY_JWT_SIGNATURES",
                "jdk");
        try (JwtTokenVerifier strict = Forge.loaded(bounded, new SimpleMeterRegistry(), time)) {
            assertThat(strict.verify(token(P256, claims())).block(PATIENCE)).isNotNull();
            for (String claim : List.of(
                    "\"exp\":" + NOW.plusSeconds(601).getEpochSecond(), "\"exp\":1e300", "\"iat\":", "\"exp\":")) {
                assertThat(Forge.refusal(strict, token(P256, claims(claim))).kind())
                        .as(claim)
                        .isEqualTo(FailureKind.TOKEN_MALFORMED);
            }
        }
    }

    @Test
    void acceptsATokenThatNamesNoKeyByTheOneThatFits() {
        String token = token("{\"alg\":\"ES256\"}", claims(), P256, SignatureAlgorithm.ES256);

        assertThat(verifier.verify(token).block(PATIENCE)).isNotNull();
    }

    @Test
    void refusesATokenThatNamesNoKeyWhereTooManyFit() throws Exception {
        // given
        SigningKeys[] many = new SigningKeys[TrustedIssuer.KEYS_TRIED_MAX + 1];
        for (int i = 0; i < many.length; i++) {
            many[i] = SigningKeys.generate(SignatureAlgorithm.ES256);
        }
        JwtTokenVerifier crowded = verifying(Forge.jwks(many));

        // when
        String token = token("{\"alg\":\"ES256\"}", claims(), many[0], SignatureAlgorithm.ES256);

        // then
        assertThat(Forge.refusal(crowded, token).kind()).isEqualTo(FailureKind.TOKEN_KEY_UNKNOWN);
        crowded.close();
    }

    @Test
    void acceptsHs256ByTheConfiguredSecretAlone() {
        JwtTokenVerifier shared = sharedSecretOnly();
        String header = "{\"alg\":\"HS256\"}";
        byte[] right = SECRET.reveal().getBytes(StandardCharsets.UTF_8);
        byte[] wrong = "another secret of more than 32 bytes".getBytes(StandardCharsets.UTF_8);

        assertThat(shared.isReady()).isTrue();
        assertThat(shared.verify(Forge.tokenByHmac(header, claims(), right)).block(PATIENCE))
                .isNotNull();
        assertThat(Forge.refusal(shared, Forge.tokenByHmac(header, claims(), wrong))
                        .kind())
                .isEqualTo(FailureKind.TOKEN_SIGNATURE_INVALID);
        assertThat(Forge.refusal(shared, token(RSA, claims())).kind()).isEqualTo(FailureKind.TOKEN_ALGORITHM_REFUSED);
        assertThat(shared.keys().getFirst().hasKeys()).isFalse();
    }

    @Test
    void theCachedTokenEndsWithItsExpAndTheSkew() {
        // given
        String token = token(P256, claims("\"exp\":" + NOW.plusSeconds(10).getEpochSecond()));
        verifier.verify(token).block(PATIENCE);

        // when, then
        time.advanceTimeBy(Duration.ofMillis(39_999));
        assertThat(verifier.cached(token)).isNotNull();
        time.advanceTimeBy(Duration.ofMillis(1));
        assertThat(verifier.cached(token)).isNull();
        assertThat(Forge.refusal(verifier, token).kind()).isEqualTo(FailureKind.TOKEN_EXPIRED);
    }

    @Test
    void aTokenWithoutExpIsKeptForEverWhereThatIsAllowed() throws Exception {
        // given
        Path file = Files.writeString(folder.resolve("other.json"), Forge.jwks(P256));
        TokenConfig config = Forge.config(Forge.keysByFile(file), Optional.empty(), false);
        JwtTokenVerifier lenient = Forge.loaded(config, registry, time);
        String token = token(P256, claims("\"exp\":"));

        // when
        VerifiedToken verified = lenient.verify(token).block(PATIENCE);

        // then
        assertThat(verified)
                .isNotNull()
                .extracting(VerifiedToken::expiresAtMillis)
                .isEqualTo(Long.MAX_VALUE);
        time.advanceTimeBy(Duration.ofHours(6));
        assertThat(lenient.cached(token)).isSameAs(verified);
        lenient.close();
    }

    @Test
    void aTokenThatIsEarlyIsAcceptedOnceItsTimeHasCome() {
        String token = token(P256, claims("\"nbf\":" + NOW.plusSeconds(31).getEpochSecond()));
        assertThat(Forge.refusal(verifier, token).kind()).isEqualTo(FailureKind.TOKEN_NOT_YET_VALID);

        time.advanceTimeBy(Duration.ofSeconds(1));

        assertThat(verifier.verify(token).block(PATIENCE)).isNotNull();
    }

    @Test
    void aBadTokenCostsOneSignatureCheckForSomeSeconds() {
        // given
        String bad = Forge.withSignature(token(P256, claims()), new byte[64]);

        // when
        for (int i = 0; i < 5; i++) {
            assertThat(Forge.refusal(verifier, bad).kind()).isEqualTo(FailureKind.TOKEN_SIGNATURE_INVALID);
        }

        // then
        assertThat(verifications("token_signature_invalid")).isEqualTo(1);
        assertThat(verifications("refused_again")).isEqualTo(4);

        // and when
        time.advanceTimeBy(TokenCache.REFUSED_FOR);
        Forge.refusal(verifier, bad);

        // then
        assertThat(verifications("token_signature_invalid")).isEqualTo(2);
    }

    @Test
    void flushDropsTheTenantsTokensAndNoOthers() {
        // given
        String mine = token(P256, claims());
        String others = token(P256, claims("\"tenant_id\":\"" + OTHER_TENANT + "\""));
        verifier.verify(mine).block(PATIENCE);
        verifier.verify(others).block(PATIENCE);

        // when
        long dropped = verifier.flush(new FlushScope.OneTenant(TENANT));

        // then
        assertThat(verifier.name()).isEqualTo(CacheName.TOKENS);
        assertThat(dropped).isEqualTo(1);
        assertThat(verifier.cached(mine)).isNull();
        assertThat(verifier.cached(others)).isNotNull();
        assertThat(verifier.flush(new FlushScope.OneTier(Tier.A))).isEqualTo(1);
        assertThat(verifier.cached(others)).isNull();
        verifier.verify(mine).block(PATIENCE);
        assertThat(verifier.flush(new FlushScope.All())).isEqualTo(1);
    }

    @Test
    void verifyingTwiceChecksTheSignatureOnce() {
        String token = token(P256, claims());

        VerifiedToken first = verifier.verify(token).block(PATIENCE);
        VerifiedToken second = verifier.verify(new String(token.toCharArray())).block(PATIENCE);

        assertThat(second).isSameAs(first);
        assertThat(verifications("accepted")).isEqualTo(1);
        assertThat(registry.get("tokens.cached").gauge().value()).isEqualTo(1);
    }

    private double verifications(String outcome) {
        return registry.get("token.verifications")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    @Test
    void aRevokedTokenIsRefusedThoughItIsCached() throws Exception {
        // given
        Path file = Files.writeString(folder.resolve("other.json"), Forge.jwks(P256));
        Revocations revocations = Revocations.none(registry, Forge.clock(time));
        JwtTokenVerifier revocable = JwtTokenVerifier.create(
                Forge.config(Forge.keysByFile(file)), revocations, registry, Forge.clock(time), time);
        revocable.load().block(PATIENCE);
        String token = token(P256, claims("\"sid\":\"session-1\""));
        VerifiedToken verified = Objects.requireNonNull(revocable.verify(token).block(PATIENCE));
        long generation = revocable.generation();
        assertThat(revocable.accepts(verified)).isTrue();
        String end = Long.toString(NOW.plusSeconds(600).toEpochMilli());

        // when
        revocations.received("add\nsession\n" + end + "\n" + Forge.ISSUER + "\nsession-1");

        // then
        assertThat(revocable.cached(token)).isNull();
        assertThat(Forge.refusal(revocable, token).kind()).isEqualTo(FailureKind.TOKEN_REVOKED);
        assertThat(revocable.accepts(verified)).isFalse();
        assertThat(revocable.generation()).isNotEqualTo(generation);
        assertThat(Forge.refusal(revocable, token(P256, claims("\"sid\":\"session-1\"", "\"jti\":\"2\"")))
                        .kind())
                .isEqualTo(FailureKind.TOKEN_REVOKED);

        // and when
        revocations.received("lift\nsession\n" + end + "\n" + Forge.ISSUER + "\nsession-1");

        // then
        assertThat(revocable.cached(token)).isEqualTo(verified);
        revocable.close();
    }

    @Test
    void noTokenIsAcceptedBeforeTheDenyListWasRead() throws Exception {
        Path file = Files.writeString(folder.resolve("other.json"), Forge.jwks(P256));
        JwtTokenVerifier early = JwtTokenVerifier.create(
                Forge.config(Forge.keysByFile(file)),
                new Revocations(new SimpleMeterRegistry(), Forge.clock(time)),
                registry,
                Forge.clock(time),
                time);
        early.load().block(PATIENCE);
        String token = token(P256, claims());

        assertThat(Forge.refusal(early, token).kind()).isEqualTo(FailureKind.KEYS_UNAVAILABLE);
        assertThat(early.cached(token)).isNull();
        early.close();
    }
}
