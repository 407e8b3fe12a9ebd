package io.percolate.gateway.routing.token;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.token.keys.JwksConfig;
import io.percolate.gateway.routing.token.keys.VerificationKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What makes a token acceptable, and how many verified ones are kept.
 *
 * @param issuer the {@code iss} that a token must have; any when absent
 * @param audience the token must be for one of these; for anyone when empty
 * @param tenantClaim the claim that names the tenant
 * @param hs256Secret accepts HS256 by this secret; refused when absent
 * @param clockSkew how far the issuer's clock may be off, either way
 * @param tokenBytesMax longer tokens are refused unread
 * @param tokensMax how many verified tokens are kept at most
 * @param tokensBytesMax how much memory they take at most, roughly
 */
public record TokenConfig(
        JwksConfig jwks,
        Optional<String> issuer,
        List<String> audience,
        String tenantClaim,
        Optional<Secret> hs256Secret,
        Duration clockSkew,
        boolean expRequired,
        int tokenBytesMax,
        int tokensMax,
        long tokensBytesMax) {

    public TokenConfig {
        audience = List.copyOf(audience);
    }

    public static TokenConfig read(ConfigReader reader) {
        JwksConfig jwks = JwksConfig.read(reader);
        Optional<Secret> secret = reader.optionalSecret(
                "GATEWAY_JWT_HS256_SECRET",
                "shared secret of at least " + VerificationKey.SECRET_BYTES_MIN + " bytes; allows HS256 tokens");
        if (secret.isPresent() && bytes(secret.get()) < VerificationKey.SECRET_BYTES_MIN) {
            reader.problem("GATEWAY_JWT_HS256_SECRET: expected at least " + VerificationKey.SECRET_BYTES_MIN
                    + " bytes, got " + bytes(secret.get()));
            secret = Optional.empty();
        } else if (!jwks.isPresent() && secret.isEmpty()) {
            reader.problem("one of GATEWAY_JWKS_URL, GATEWAY_JWKS_FILE and GATEWAY_JWT_HS256_SECRET is required:"
                    + " the keys that verify tokens");
        }
        return new TokenConfig(
                jwks,
                reader.optionalText("GATEWAY_JWT_ISSUER", "the iss that every token must have; any when absent"),
                reader.list("GATEWAY_JWT_AUDIENCE", List.of(), "a token's aud must hold one of these; any when absent"),
                reader.text("GATEWAY_JWT_TENANT_CLAIM", "tenant_id", "the claim that names the tenant by its UUID"),
                secret,
                reader.duration(
                        "GATEWAY_JWT_CLOCK_SKEW",
                        Duration.ofSeconds(30),
                        Duration.ZERO,
                        Duration.ofMinutes(10),
                        "how far the issuer's clock may be off"),
                reader.flag("GATEWAY_JWT_EXP_REQUIRED", true, "whether a token without exp is refused"),
                Math.toIntExact(reader.size(
                        "GATEWAY_JWT_BYTES_MAX", 8 << 10, 256, 64 << 10, "longer tokens are refused unread")),
                reader.count("GATEWAY_TOKENS_MAX", 100_000, 1, 10_000_000, "verified tokens kept at most"),
                reader.size(
                        "GATEWAY_TOKENS_BYTES_MAX",
                        64 << 20,
                        64 << 10,
                        16L << 30,
                        "memory that verified tokens take at most, roughly"));
    }

    private static int bytes(Secret secret) {
        return secret.reveal().getBytes(StandardCharsets.UTF_8).length;
    }
}
