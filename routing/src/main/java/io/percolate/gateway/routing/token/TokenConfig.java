package io.percolate.gateway.routing.token;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.token.keys.SignatureProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What makes a token acceptable, and how many verified ones are kept.
 *
 * @param issuers at least one; where there are several, each has its own {@code iss}
 * @param signatures who computes
 * @param clockSkew how far an issuer's clock may be off, either way
 * @param lifetimeMax from {@code iat} to {@code exp} at most, then both are required; without bound when zero
 * @param types that tokens may have
 * @param tokenBytesMax longer tokens are refused unread
 * @param verificationsQueuedMax new tokens that wait for their signature to be checked; further ones are answered 503
 * @param tokensMax how many verified tokens are kept at most
 * @param tokensBytesMax how much memory they take at most, roughly
 * @param shardKeyClaim the claim that names the key by which requests find their shard; empty for none
 */
public record TokenConfig(
        List<IssuerConfig> issuers,
        SignatureProvider.Choice signatures,
        Duration clockSkew,
        boolean expRequired,
        Duration lifetimeMax,
        TokenTypes types,
        int tokenBytesMax,
        int verificationsQueuedMax,
        int tokensMax,
        long tokensBytesMax,
        String shardKeyClaim) {

    private static final int ISSUERS_MAX = 64;
    /** Stands for any name on the page of all keys. */
    private static final String ANY_NAME = "<NAME>";

    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,31}");

    /** No claim names a shard key. */
    public TokenConfig(
            List<IssuerConfig> issuers,
            SignatureProvider.Choice signatures,
            Duration clockSkew,
            boolean expRequired,
            Duration lifetimeMax,
            TokenTypes types,
            int tokenBytesMax,
            int verificationsQueuedMax,
            int tokensMax,
            long tokensBytesMax) {
        this(
                issuers,
                signatures,
                clockSkew,
                expRequired,
                lifetimeMax,
                types,
                tokenBytesMax,
                verificationsQueuedMax,
                tokensMax,
                tokensBytesMax,
                "");
    }

    public TokenConfig {
        issuers = List.copyOf(issuers);
        if (issuers.isEmpty()) {
            throw new IllegalArgumentException("somebody has to issue tokens");
        }
        if (issuers.size() > 1
                && issuers.stream().anyMatch(issuer -> issuer.issuer().isEmpty())) {
            throw new IllegalArgumentException("of several issuers each has its own iss");
        }
    }

    public static TokenConfig read(ConfigReader reader) {
        return new TokenConfig(
                issuers(reader),
                reader.choice(
                        "GATEWAY_JWT_SIGNATURES",
                        SignatureProvider.Choice.class,
                        SignatureProvider.Choice.NATIVE,
                        "who checks signatures: Amazon Corretto Crypto Provider where it can be loaded, or the JDK"),
                reader.duration(
                        "GATEWAY_JWT_CLOCK_SKEW",
                        Duration.ofSeconds(30),
                        Duration.ZERO,
                        Duration.ofMinutes(10),
                        "how far the issuer's clock may be off"),
                reader.flag("GATEWAY_JWT_EXP_REQUIRED", true, "whether a token without exp is refused"),
                reader.duration(
                        "GATEWAY_JWT_LIFETIME_MAX",
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofDays(366),
                        "longest time from a token's iat to its exp, which it must have then; no bound when 0s. With"
                                + " at most 30d no token outlives a revocation of the default length"),
                TokenTypes.read(reader),
                Math.toIntExact(reader.size(
                        "GATEWAY_JWT_BYTES_MAX", 8 << 10, 256, 64 << 10, "longer tokens are refused unread")),
                reader.count(
                        "GATEWAY_JWT_VERIFICATIONS_QUEUED_MAX",
                        2_000,
                        1,
                        1_000_000,
                        "new tokens that may wait for their signature to be checked; further ones are answered 503"),
                reader.count("GATEWAY_TOKENS_MAX", 100_000, 1, 10_000_000, "verified tokens kept at most"),
                reader.size(
                        "GATEWAY_TOKENS_BYTES_MAX",
                        64 << 20,
                        64 << 10,
                        16L << 30,
                        "memory that verified tokens take at most, roughly"),
                reader.text(
                        "GATEWAY_JWT_SHARD_KEY_CLAIM",
                        "",
                        "the claim that names the key by which requests find their shard; see GATEWAY_PLACEMENT_SHARD_KEY"));
    }

    private static List<IssuerConfig> issuers(ConfigReader reader) {
        IssuerConfig only = IssuerConfig.readOnly(reader);
        List<String> names = reader.list(
                "GATEWAY_ISSUERS",
                List.of(),
                "names of several issuers, each described by its GATEWAY_ISSUER_<NAME>_ keys");
        if (names.isEmpty()) {
            IssuerConfig.readNamed(reader, ANY_NAME, only);
            if (!only.hasKeys()) {
                reader.problem(
                        "one of GATEWAY_JWKS_URL, GATEWAY_JWKS_FILE, GATEWAY_JWT_HS256_SECRET and GATEWAY_ISSUERS"
                                + " is required: the keys that verify tokens");
            }
            return List.of(only);
        }
        if (only.hasKeys() || only.issuer().isPresent() || !only.algorithms().isEmpty()) {
            reader.problem("where GATEWAY_ISSUERS is given, keys, iss and algorithms stand in GATEWAY_ISSUER_<NAME>_,"
                    + " not in GATEWAY_JWKS_ and GATEWAY_JWT_");
        }
        List<IssuerConfig> several = named(reader, names, only);
        // A stand-in, so that reading goes on and all problems are reported together.
        return several.isEmpty() ? List.of(only) : several;
    }

    private static List<IssuerConfig> named(ConfigReader reader, List<String> names, IssuerConfig general) {
        if (names.size() > ISSUERS_MAX) {
            reader.problem("GATEWAY_ISSUERS: expected at most " + ISSUERS_MAX + " names, got " + names.size());
            return List.of();
        }
        List<IssuerConfig> issuers = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (!NAME.matcher(name).matches()) {
                reader.problem("GATEWAY_ISSUERS: expected names of letters, digits and _, got '" + name + "'");
                continue;
            }
            IssuerConfig issuer = IssuerConfig.readNamed(reader, name, general);
            if (!seen.add(issuer.name())) {
                reader.problem("GATEWAY_ISSUERS: '" + name + "' is there twice");
            } else if (issuer.issuer().isEmpty() || !issuer.hasKeys()) {
                reader.problem("issuer " + name + " needs its ISS and one of JWKS_URL, JWKS_FILE and HS256_SECRET");
            } else if (!seen.add("iss " + issuer.issuer().get())) {
                reader.problem("issuer " + name + " has the ISS of another one");
            } else {
                issuers.add(issuer);
            }
        }
        return issuers;
    }
}
