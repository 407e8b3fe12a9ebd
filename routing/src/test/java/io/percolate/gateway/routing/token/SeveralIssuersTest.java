package io.percolate.gateway.routing.token;

import static io.percolate.gateway.routing.token.Forge.ED25519;
import static io.percolate.gateway.routing.token.Forge.P256;
import static io.percolate.gateway.routing.token.Forge.PATIENCE;
import static io.percolate.gateway.routing.token.Forge.RSA;
import static io.percolate.gateway.routing.token.Forge.STRANGER;
import static io.percolate.gateway.routing.token.Forge.claims;
import static io.percolate.gateway.routing.token.Forge.header;
import static io.percolate.gateway.routing.token.Forge.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.token.keys.KeyRingStatus;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SeveralIssuersTest {
    private static final String STAFF = "https://staff.example";
    private static final String PARTNER = "https://partner.example";
    private static final String INTERNAL = "internal";
    private static final Secret SECRET = new Secret("a shared secret of more than 32 bytes");

    private final VirtualTime time = new VirtualTime();
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final JwksServer staff = new JwksServer(Forge.jwks(RSA, P256));
    private final JwksServer partner = new JwksServer(Forge.jwks(ED25519));
    private final JwtTokenVerifier verifier = JwtTokenVerifier.create(
            Forge.config(
                    List.of(
                            Forge.issuer("staff", STAFF, Forge.keysByUrl(staff.url())),
                            new IssuerConfig(
                                    "partner",
                                    Forge.keysByUrl(partner.url()),
                                    Optional.of(PARTNER),
                                    List.of("partners"),
                                    Set.of(SignatureAlgorithm.EDDSA),
                                    "account",
                                    "s",
                                    Optional.empty()),
                            new IssuerConfig(
                                    "internal",
                                    Forge.noKeys(),
                                    Optional.of(INTERNAL),
                                    List.of(),
                                    Set.of(),
                                    "tenant_id",
                                    "sid",
                                    Optional.of(SECRET))),
                    true),
            registry,
            Forge.clock(time),
            time);

    @BeforeEach
    void load() {
        verifier.load().block(PATIENCE);
    }

    @AfterEach
    void close() {
        verifier.close();
        staff.close();
        partner.close();
    }

    private static String of(String iss, String... more) {
        String[] all = new String[more.length + 1];
        System.arraycopy(more, 0, all, 0, more.length);
        all[more.length] = "\"iss\":\"" + iss + "\"";
        return claims(all);
    }

    private static String ofPartner() {
        return of(
                PARTNER,
                "\"aud\":\"partners\"",
                "\"account\":\"" + Forge.TENANT + "\"",
                "\"tenant_id\":\"11111111-2222-3333-4444-555555555555\"",
                "\"s\":\"session-7\"");
    }

    private FailureKind refusal(String token) {
        return Forge.refusal(verifier, token).kind();
    }

    @Test
    void eachIsJudgedByItsOwnKeysAndRules() {
        byte[] secret = SECRET.reveal().getBytes(StandardCharsets.UTF_8);

        assertThat(verifier.verify(token(RSA, of(STAFF))).block(PATIENCE)).isNotNull();
        assertThat(verifier.verify(token(ED25519, ofPartner())).block(PATIENCE))
                .isNotNull()
                .satisfies(verified -> {
                    assertThat(verified.tenant()).isEqualTo(Forge.TENANT);
                    assertThat(verified.issuer()).isEqualTo(PARTNER);
                    assertThat(verified.session()).isEqualTo("session-7");
                });
        assertThat(verifier.verify(Forge.tokenByHmac("{\"alg\":\"HS256\"}", of(INTERNAL, "\"aud\":"), secret))
                        .block(PATIENCE))
                .isNotNull();
    }

    @Test
    void noIssuersKeyVerifiesATokenThatSaysItIsAnothers() {
        byte[] secret = SECRET.reveal().getBytes(StandardCharsets.UTF_8);

        assertThat(refusal(token(RSA, ofPartner()))).isEqualTo(FailureKind.TOKEN_ALGORITHM_REFUSED);
        assertThat(refusal(token(ED25519, of(STAFF)))).isEqualTo(FailureKind.TOKEN_KEY_UNKNOWN);
        String namesStaffsKey = header(SignatureAlgorithm.EDDSA, P256);
        assertThat(refusal(token(namesStaffsKey, of(STAFF), ED25519, SignatureAlgorithm.EDDSA)))
                .isEqualTo(FailureKind.TOKEN_ALGORITHM_REFUSED);
        assertThat(refusal(token("{\"alg\":\"EdDSA\"}", of(STAFF), ED25519, SignatureAlgorithm.EDDSA)))
                .isEqualTo(FailureKind.TOKEN_KEY_UNKNOWN);
        assertThat(refusal(Forge.tokenByHmac("{\"alg\":\"HS256\"}", of(STAFF), secret)))
                .isEqualTo(FailureKind.TOKEN_ALGORITHM_REFUSED);
        assertThat(refusal(token(RSA, of(INTERNAL)))).isEqualTo(FailureKind.TOKEN_ALGORITHM_REFUSED);
    }

    @Test
    void unknownIssuersAreRefusedBeforeAnySignatureIsChecked() {
        assertThat(refusal(token(RSA, of("https://evil.example")))).isEqualTo(FailureKind.TOKEN_ISSUER_REFUSED);
        assertThat(refusal(token(RSA, of(STAFF + "/")))).isEqualTo(FailureKind.TOKEN_ISSUER_REFUSED);
        assertThat(refusal(token(RSA, claims("\"iss\":")))).isEqualTo(FailureKind.TOKEN_ISSUER_REFUSED);
        assertThat(refusal(token(RSA, claims("\"iss\":[\"" + STAFF + "\"]")))).isEqualTo(FailureKind.TOKEN_MALFORMED);
        assertThat(refusal(token(RSA, claims("\"iss\":\"" + STAFF + "\",\"iss\":\"" + PARTNER + "\""))))
                .isEqualTo(FailureKind.TOKEN_MALFORMED);
        assertThat(staff.requests() + partner.requests()).isEqualTo(2);
    }

    @Test
    void anUnknownKeyIsLookedForAtItsOwnIssuerOnly() {
        staff.answers(Forge.jwks(RSA, STRANGER));

        assertThat(verifier.verify(token(STRANGER, of(STAFF))).block(PATIENCE)).isNotNull();

        assertThat(staff.requests()).isEqualTo(2);
        assertThat(partner.requests()).isEqualTo(1);
    }

    @Test
    void anIssuerThatIsDownHarmsNoOther() {
        // given
        partner.answers(HttpResponseStatus.INTERNAL_SERVER_ERROR);
        JwtTokenVerifier late = JwtTokenVerifier.create(
                Forge.config(
                        List.of(
                                Forge.issuer("staff", STAFF, Forge.keysByUrl(staff.url())),
                                Forge.issuer("partner", PARTNER, Forge.keysByUrl(partner.url()))),
                        true),
                new SimpleMeterRegistry(),
                Forge.clock(time),
                time);

        // when
        late.load().block(PATIENCE);

        // then
        assertThat(late.isReady()).isTrue();
        assertThat(late.verify(token(RSA, of(STAFF))).block(PATIENCE)).isNotNull();
        assertThat(Forge.refusal(late, token(ED25519, of(PARTNER))).kind()).isEqualTo(FailureKind.KEYS_UNAVAILABLE);
        assertThat(late.keys())
                .extracting(KeyRingStatus::issuer, KeyRingStatus::hasKeys)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("staff", true),
                        org.assertj.core.groups.Tuple.tuple("partner", false));
        late.close();
    }

    @Test
    void metricsTellThemApart() {
        time.advanceTimeBy(Duration.ofSeconds(10));

        assertThat(registry.get("jwks.keys").tag("issuer", "staff").gauge().value())
                .isEqualTo(2);
        assertThat(registry.get("jwks.keys").tag("issuer", "partner").gauge().value())
                .isEqualTo(1);
        assertThat(registry.get("jwks.age").tag("issuer", "partner").gauge().value())
                .isEqualTo(10);
    }
}
