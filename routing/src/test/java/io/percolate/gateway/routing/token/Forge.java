package io.percolate.gateway.routing.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.util.Base64URL;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.token.keys.JwksConfig;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import io.percolate.gateway.routing.token.keys.SignatureProvider;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Makes tokens of any shape, good and bad, and what is needed to judge them. */
final class Forge {
    static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    static final TenantId TENANT = TenantId.of("6f1c3a52-58a5-4d0a-9a4e-0f0d6cbb8a01");
    static final String ISSUER = "https://issuer.example";
    static final String AUDIENCE = "edge";
    static final Duration PATIENCE = Duration.ofSeconds(30);

    static final SigningKeys RSA = SigningKeys.generate(SignatureAlgorithm.RS256);
    static final SigningKeys P256 = SigningKeys.generate(SignatureAlgorithm.ES256);
    static final SigningKeys P384 = SigningKeys.generate(SignatureAlgorithm.ES384);
    static final SigningKeys P521 = SigningKeys.generate(SignatureAlgorithm.ES512);
    static final SigningKeys ED25519 = SigningKeys.generate(SignatureAlgorithm.EDDSA);
    static final SigningKeys STRANGER = SigningKeys.generate(SignatureAlgorithm.ES256);

    private static final Duration UNKNOWN = Duration.ofSeconds(30);

    private Forge() {}

    /** Keys for this algorithm: of RSA always the same pair, since a new one takes seconds without C2's intrinsics. */
    static SigningKeys keys(SignatureAlgorithm algorithm) {
        return switch (algorithm) {
            case RS256 -> RSA;
            case RS384, RS512, PS256, PS384, PS512 -> ofRsa(algorithm);
            case ES256, ES384, ES512, EDDSA, ED25519, HS256 -> SigningKeys.generate(algorithm);
        };
    }

    private static SigningKeys ofRsa(SignatureAlgorithm algorithm) {
        String base64 = RSA.privateKeyPem()
                .lines()
                .filter(line -> !line.startsWith("-"))
                .collect(Collectors.joining());
        try {
            PrivateKey key = KeyFactory.getInstance("RSA")
                    .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
            return SigningKeys.of(key, algorithm);
        } catch (GeneralSecurityException | JOSEException impossible) {
            throw new AssertionError(impossible);
        }
    }

    static String jwks(SigningKeys... keys) {
        List<JWK> all = new ArrayList<>();
        for (SigningKeys each : keys) {
            all.add(jwk(each));
        }
        return new JWKSet(all).toString();
    }

    static JWK jwk(SigningKeys keys) {
        try {
            return JWKSet.parse(keys.publicJwks()).getKeys().getFirst();
        } catch (ParseException impossible) {
            throw new AssertionError(impossible);
        }
    }

    static TokenConfig config(JwksConfig jwks) {
        return config(List.of(issuer("default", ISSUER, jwks)), true);
    }

    static TokenConfig config(JwksConfig jwks, Optional<Secret> secret, boolean expRequired) {
        return config(
                List.of(new IssuerConfig(
                        "default", jwks, Optional.of(ISSUER), List.of(AUDIENCE), Set.of(), "tenant_id", "sid", secret)),
                expRequired);
    }

    static TokenConfig config(List<IssuerConfig> issuers, boolean expRequired) {
        return new TokenConfig(
                issuers,
                SignatureProvider.Choice.JDK,
                Duration.ofSeconds(30),
                expRequired,
                Duration.ZERO,
                TokenTypes.DEFAULT,
                8 << 10,
                1_000,
                1_000,
                1 << 20);
    }

    static IssuerConfig issuer(String name, String iss, JwksConfig jwks) {
        return new IssuerConfig(
                name, jwks, Optional.of(iss), List.of(AUDIENCE), Set.of(), "tenant_id", "sid", Optional.empty());
    }

    static JwksConfig keysByUrl(URI url) {
        return new JwksConfig(
                Optional.of(url),
                Optional.empty(),
                Duration.ofMinutes(5),
                Duration.ofSeconds(3),
                Duration.ofDays(1),
                UNKNOWN);
    }

    static JwksConfig keysByFile(Path file) {
        return new JwksConfig(
                Optional.empty(),
                Optional.of(file),
                Duration.ofMinutes(5),
                Duration.ofSeconds(3),
                Duration.ofDays(1),
                UNKNOWN);
    }

    static JwksConfig noKeys() {
        return new JwksConfig(
                Optional.empty(),
                Optional.empty(),
                Duration.ofMinutes(5),
                Duration.ofSeconds(3),
                Duration.ofDays(1),
                UNKNOWN);
    }

    /** A verifier whose keys are loaded, or could not be. */
    static JwtTokenVerifier loaded(TokenConfig config, MeterRegistry registry, VirtualTime time) {
        JwtTokenVerifier verifier = JwtTokenVerifier.create(config, registry, clock(time), time);
        verifier.load().block(PATIENCE);
        return verifier;
    }

    /** A clock that stands at {@link #NOW} until the scheduler is advanced. */
    static Clock clock(VirtualTime time) {
        return new Clock() {
            @Override
            public ZoneOffset getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Instant instant() {
                return NOW.plusMillis(time.now(java.util.concurrent.TimeUnit.MILLISECONDS));
            }
        };
    }

    /** Claims that are all in order, with {@code "name": value} texts put last. */
    static String claims(String... replaced) {
        List<String> members = new ArrayList<>();
        List<String> all = new ArrayList<>(List.of(
                "\"sub\":\"user-1\"",
                "\"iss\":\"" + ISSUER + "\"",
                "\"aud\":\"" + AUDIENCE + "\"",
                "\"tenant_id\":\"" + TENANT + "\"",
                "\"iat\":" + NOW.getEpochSecond(),
                "\"exp\":" + NOW.plusSeconds(600).getEpochSecond(),
                "\"jti\":\"token-1\""));
        for (String member : all) {
            String name = member.substring(0, member.indexOf(':') + 1);
            boolean given = false;
            for (String other : replaced) {
                given |= other.startsWith(name);
            }
            if (!given) {
                members.add(member);
            }
        }
        for (String other : replaced) {
            if (!other.endsWith(":")) {
                members.add(other);
            }
        }
        return "{" + String.join(",", members) + "}";
    }

    static String header(SignatureAlgorithm algorithm, SigningKeys keys) {
        return "{\"alg\":\"" + algorithm.text() + "\",\"kid\":\"" + keys.keyId() + "\"}";
    }

    /** A token in order, by its key's own algorithm. */
    static String token(SigningKeys keys, String claims) {
        return token(header(keys.algorithm(), keys), claims, keys, keys.algorithm());
    }

    /** Signs by the given algorithm, whatever the header says. */
    static String token(String header, String claims, SigningKeys keys, SignatureAlgorithm algorithm) {
        return token(header, claims, keys.signer(), algorithm);
    }

    static String tokenByHmac(String header, String claims, byte[] secret) {
        try {
            byte[] padded = java.util.Arrays.copyOf(secret, Math.max(32, secret.length));
            return token(header, claims, new MACSigner(padded), SignatureAlgorithm.HS256);
        } catch (JOSEException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static String token(String header, String claims, JWSSigner signer, SignatureAlgorithm algorithm) {
        String input = encode(header) + "." + encode(claims);
        try {
            JWSHeader signing = new JWSHeader(JWSAlgorithm.parse(algorithm.text()));
            return input + "." + signer.sign(signing, input.getBytes(StandardCharsets.US_ASCII));
        } catch (JOSEException impossible) {
            throw new AssertionError(impossible);
        }
    }

    static String encode(String text) {
        return encode(text.getBytes(StandardCharsets.UTF_8));
    }

    static String encode(byte[] bytes) {
        return Base64URL.encode(bytes).toString();
    }

    static String withSignature(String token, byte[] signature) {
        return token.substring(0, token.lastIndexOf('.') + 1) + encode(signature);
    }

    static byte[] signatureOf(String token) {
        return new Base64URL(token.substring(token.lastIndexOf('.') + 1)).decode();
    }

    static Failure refusal(JwtTokenVerifier verifier, String token) {
        try {
            VerifiedToken accepted = verifier.verify(token).block(PATIENCE);
            throw new AssertionError("expected a refusal, got " + accepted);
        } catch (FailureException refused) {
            return refused.failure();
        }
    }
}
