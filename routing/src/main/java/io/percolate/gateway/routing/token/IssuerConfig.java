package io.percolate.gateway.routing.token;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.token.keys.JwksConfig;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import io.percolate.gateway.routing.token.keys.VerificationKey;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * One who may issue tokens, by what they are verified, and what they must say.
 *
 * @param name in metrics and for people
 * @param issuer the {@code iss} of its tokens; any when absent, which only the one issuer of a process may be
 * @param audience the token must be for one of these; for anyone when empty
 * @param algorithms of its tokens, if the key allows them too; all that its keys allow when empty
 * @param tenantClaim the claim that names the tenant
 * @param sessionClaim the claim that names the session
 * @param hs256Secret accepts HS256 by this secret; refused when absent
 */
public record IssuerConfig(
        String name,
        JwksConfig jwks,
        Optional<String> issuer,
        List<String> audience,
        Set<SignatureAlgorithm> algorithms,
        String tenantClaim,
        String sessionClaim,
        Optional<Secret> hs256Secret) {

    /** Of the issuer of a process that has one only. */
    static final String ONLY = "default";

    private static final String TENANT_CLAIM = "tenant_id";
    private static final String SESSION_CLAIM = "sid";

    public IssuerConfig {
        audience = List.copyOf(audience);
        algorithms = Collections.unmodifiableSet(
                algorithms.isEmpty() ? EnumSet.noneOf(SignatureAlgorithm.class) : EnumSet.copyOf(algorithms));
    }

    /** The issuer that {@code GATEWAY_JWT_*} and {@code GATEWAY_JWKS_*} describe. */
    static IssuerConfig readOnly(ConfigReader reader) {
        return new IssuerConfig(
                ONLY,
                JwksConfig.read(reader, "GATEWAY_"),
                reader.optionalText("GATEWAY_JWT_ISSUER", "the iss that every token must have; any when absent"),
                reader.list("GATEWAY_JWT_AUDIENCE", List.of(), "a token's aud must hold one of these; any when absent"),
                algorithms(reader, "GATEWAY_JWT_ALGORITHMS"),
                reader.text("GATEWAY_JWT_TENANT_CLAIM", TENANT_CLAIM, "the claim that names the tenant by its UUID"),
                reader.text("GATEWAY_JWT_SESSION_CLAIM", SESSION_CLAIM, "the claim that names the session"),
                secret(reader, "GATEWAY_JWT_HS256_SECRET"));
    }

    /** The issuer of this name among several; what it does not say of audience and claims is as in {@code general}. */
    static IssuerConfig readNamed(ConfigReader reader, String name, IssuerConfig general) {
        String prefix = "GATEWAY_ISSUER_" + name.toUpperCase(Locale.ROOT) + "_";
        return new IssuerConfig(
                name.toLowerCase(Locale.ROOT),
                JwksConfig.read(reader, prefix),
                reader.optionalText(prefix + "ISS", "the iss of this issuer's tokens; required"),
                reader.list(
                        prefix + "AUDIENCE",
                        general.audience(),
                        "a token's aud must hold one of these; any when absent"),
                algorithms(reader, prefix + "ALGORITHMS"),
                reader.text(
                        prefix + "TENANT_CLAIM", general.tenantClaim(), "the claim that names the tenant by its UUID"),
                reader.text(prefix + "SESSION_CLAIM", general.sessionClaim(), "the claim that names the session"),
                secret(reader, prefix + "HS256_SECRET"));
    }

    boolean hasKeys() {
        return jwks.isPresent() || hs256Secret.isPresent();
    }

    boolean allows(SignatureAlgorithm algorithm) {
        return algorithms.isEmpty() || algorithms.contains(algorithm);
    }

    private static Set<SignatureAlgorithm> algorithms(ConfigReader reader, String key) {
        Set<SignatureAlgorithm> algorithms = EnumSet.noneOf(SignatureAlgorithm.class);
        for (String text :
                reader.list(key, List.of(), "alg that tokens may have; all that the keys allow when absent")) {
            SignatureAlgorithm.parse(text)
                    .ifPresentOrElse(
                            algorithms::add,
                            () -> reader.problem(
                                    key + ": expected algorithms such as RS256 or ES256, got '" + text + "'"));
        }
        return algorithms;
    }

    private static Optional<Secret> secret(ConfigReader reader, String key) {
        Optional<Secret> secret = reader.optionalSecret(
                key, "shared secret of at least " + VerificationKey.SECRET_BYTES_MIN + " bytes; allows HS256 tokens");
        int bytes = secret.map(s -> s.reveal().getBytes(StandardCharsets.UTF_8).length)
                .orElse(VerificationKey.SECRET_BYTES_MIN);
        if (bytes < VerificationKey.SECRET_BYTES_MIN) {
            reader.problem(key + ": expected at least " + VerificationKey.SECRET_BYTES_MIN + " bytes, got " + bytes);
            return Optional.empty();
        }
        return secret;
    }
}
