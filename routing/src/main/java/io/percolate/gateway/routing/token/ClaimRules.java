package io.percolate.gateway.routing.token;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.token.keys.Printable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the claims of a verified signature must say (RFC 7519, section 4.1). */
final class ClaimRules {
    /** The end of the year 9999; later times count as this one. */
    private static final double SECONDS_MAX = 253_402_300_799.0;

    private final Optional<String> issuer;
    private final List<String> audience;
    private final String tenantClaim;
    private final String sessionClaim;
    /** Empty: none is read. */
    private final String shardKeyClaim;

    private final long skewMillis;
    private final boolean expRequired;
    /** Zero: no bound. */
    private final long lifetimeMaxMillis;

    ClaimRules(IssuerConfig issuer, TokenConfig config) {
        this.issuer = issuer.issuer();
        this.audience = issuer.audience();
        this.tenantClaim = issuer.tenantClaim();
        this.sessionClaim = issuer.sessionClaim();
        this.shardKeyClaim = config.shardKeyClaim();
        this.skewMillis = config.clockSkew().toMillis();
        this.expRequired = config.expRequired();
        this.lifetimeMaxMillis = config.lifetimeMax().toMillis();
    }

    /** @throws FailureException of the {@code TOKEN_*} kind of the first rule that is broken */
    VerifiedToken check(Map<String, Object> claims, long nowMillis) {
        long expiresAtMillis = checkTimes(claims, nowMillis);
        String iss = checkIssuer(claims);
        checkAudience(claims.get("aud"));
        return new VerifiedToken(
                tenant(claims.get(tenantClaim)),
                text(claims, "sub"),
                iss,
                text(claims, "jti"),
                text(claims, sessionClaim),
                expiresAtMillis,
                shardKeyClaim.isEmpty() ? "" : text(claims, shardKeyClaim));
    }

    private long checkTimes(Map<String, Object> claims, long nowMillis) {
        Long exp = millis(claims, "exp");
        if (exp == null && expRequired) {
            throw failure(FailureKind.TOKEN_MALFORMED, "the token has no exp", null);
        }
        if (exp != null && nowMillis >= exp + skewMillis) {
            throw failure(FailureKind.TOKEN_EXPIRED, "the token has expired", ago("exp", nowMillis - exp));
        }
        refuseFuture("nbf", millis(claims, "nbf"), nowMillis);
        Long iat = millis(claims, "iat");
        refuseFuture("iat", iat, nowMillis);
        refuseLongLife(iat, exp);
        return exp == null ? Long.MAX_VALUE : exp + skewMillis;
    }

    /** Measured from its issue, so that no token that exists now can be accepted after that time. */
    private void refuseLongLife(@Nullable Long iat, @Nullable Long exp) {
        if (lifetimeMaxMillis == 0) {
            return;
        }
        if (iat == null || exp == null) {
            throw failure(FailureKind.TOKEN_MALFORMED, "the token has no " + (exp == null ? "exp" : "iat"), null);
        }
        if (exp - iat > lifetimeMaxMillis) {
            throw failure(
                    FailureKind.TOKEN_MALFORMED,
                    "the token lives longer than is accepted here",
                    "expected at most " + lifetimeMaxMillis / 1000 + " s from iat to exp, got " + (exp - iat) / 1000
                            + " s");
        }
    }

    private void refuseFuture(String claim, @Nullable Long millis, long nowMillis) {
        if (millis != null && nowMillis < millis - skewMillis) {
            throw failure(
                    FailureKind.TOKEN_NOT_YET_VALID, "the token is not valid yet", ago(claim, nowMillis - millis));
        }
    }

    private String checkIssuer(Map<String, Object> claims) {
        String iss = text(claims, "iss");
        if (issuer.isPresent() && !issuer.get().equals(iss)) {
            throw failure(
                    FailureKind.TOKEN_ISSUER_REFUSED,
                    "the token is not from the expected issuer",
                    "expected iss '" + issuer.get() + "', got '" + Printable.of(iss) + "'");
        }
        return iss;
    }

    private void checkAudience(@Nullable Object aud) {
        List<?> given = switch (aud) {
            case null -> List.of();
            case String one -> List.of(one);
            case List<?> several when several.stream().allMatch(String.class::isInstance) -> several;
            default ->
                throw failure(FailureKind.TOKEN_MALFORMED, "the token's aud is not a text or a list of texts", null);
        };
        if (!audience.isEmpty() && given.stream().noneMatch(audience::contains)) {
            throw failure(
                    FailureKind.TOKEN_AUDIENCE_REFUSED,
                    "the token is not for this audience",
                    "expected aud " + audience + ", got " + Printable.of(given.toString()));
        }
    }

    private TenantId tenant(@Nullable Object claim) {
        if (claim instanceof String text) {
            return TenantId.parse(text)
                    .orElseThrow(() -> failure(
                            FailureKind.TOKEN_TENANT_INVALID,
                            "the token's tenant is not a UUID",
                            "claim " + tenantClaim + " '" + Printable.of(text) + "'"));
        }
        throw failure(
                FailureKind.TOKEN_TENANT_INVALID,
                claim == null ? "the token names no tenant" : "the token's tenant is not a UUID",
                "claim " + tenantClaim + (claim == null ? " is absent" : " is no text"));
    }

    static String text(Map<String, Object> claims, String name) {
        return switch (claims.get(name)) {
            case null -> "";
            case String text -> text;
            default -> throw failure(FailureKind.TOKEN_MALFORMED, "the token's " + name + " is not a text", null);
        };
    }

    /** A NumericDate: seconds, maybe with a fraction. */
    private static @Nullable Long millis(Map<String, Object> claims, String name) {
        return switch (claims.get(name)) {
            case null -> {
                if (claims.containsKey(name)) {
                    throw failure(FailureKind.TOKEN_MALFORMED, "the token's " + name + " is not a number", null);
                }
                yield null;
            }
            case Number seconds -> Math.round(Math.clamp(seconds.doubleValue(), -SECONDS_MAX, SECONDS_MAX) * 1000.0);
            default -> throw failure(FailureKind.TOKEN_MALFORMED, "the token's " + name + " is not a number", null);
        };
    }

    private static String ago(String claim, long millis) {
        return claim + (millis >= 0 ? " was " + millis / 1000 + " s ago" : " is in " + -millis / 1000 + " s");
    }

    private static FailureException failure(FailureKind kind, String clientDetail, @Nullable String operatorDetail) {
        Failure failure = Failure.of(kind, clientDetail);
        return (operatorDetail == null ? failure : failure.withOperatorDetail(operatorDetail)).toException();
    }
}
