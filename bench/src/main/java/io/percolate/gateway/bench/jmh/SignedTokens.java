package io.percolate.gateway.bench.jmh;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.revocation.Revocations;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.token.JwtTokenVerifier;
import io.percolate.gateway.routing.token.SigningKeys;
import io.percolate.gateway.routing.token.TokenConfig;
import io.percolate.gateway.routing.token.TokenGrant;
import io.percolate.gateway.routing.token.TokenSigner;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tokens of an issuer, and a verifier with the gateway's defaults that knows its keys.
 *
 * @param texts one for each tenant, in order; an RS256 token has about 670 characters, as those of identity providers do
 */
record SignedTokens(JwtTokenVerifier verifier, List<String> texts) {
    private static final String ISSUER = "https://id.bench.test";
    private static final String AUDIENCE = "percolate";
    private static final String SECRET = "a shared secret of the benchmarks, 32 bytes and more";

    static SignedTokens of(SignatureAlgorithm algorithm, List<TenantId> tenants) {
        TokenSigner signer;
        Map<String, String> keys;
        Optional<Path> file = Optional.empty();
        try {
            if (algorithm == SignatureAlgorithm.HS256) {
                signer = TokenSigner.of(new Secret(SECRET), Clock.systemUTC());
                keys = Map.of("GATEWAY_JWT_HS256_SECRET", SECRET);
            } else {
                SigningKeys signing = SigningKeys.generate(algorithm);
                signer = TokenSigner.of(signing, Clock.systemUTC());
                Path jwks = Files.writeString(Files.createTempFile("percolate-bench-", ".json"), signing.publicJwks());
                file = Optional.of(jwks);
                keys = Map.of("GATEWAY_JWKS_FILE", jwks.toString());
            }
            JwtTokenVerifier verifier = verifier(keys);
            verifier.load().block();
            return new SignedTokens(
                    verifier,
                    tenants.stream().map(tenant -> signer.sign(grant(tenant))).toList());
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        } finally {
            file.ifPresent(SignedTokens::delete);
        }
    }

    /** A verifier with the gateway's defaults. */
    static JwtTokenVerifier verifier(Map<String, String> keys) {
        var environment = new java.util.HashMap<>(keys);
        environment.put("GATEWAY_JWT_ISSUER", ISSUER);
        environment.put("GATEWAY_JWT_AUDIENCE", AUDIENCE);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        return JwtTokenVerifier.create(
                TokenConfig.read(new ConfigReader(ConfigSource.of(environment))),
                Revocations.none(registry, Clock.systemUTC()),
                registry,
                Clock.systemUTC());
    }

    private static TokenGrant grant(TenantId tenant) {
        return new TokenGrant(tenant, "tenant_id", "user", Optional.of(ISSUER), List.of(AUDIENCE), Duration.ofDays(1));
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    /** Each is cached afterwards. */
    SignedTokens verified() {
        texts.forEach(text -> verifier.verify(text).block());
        return this;
    }
}
