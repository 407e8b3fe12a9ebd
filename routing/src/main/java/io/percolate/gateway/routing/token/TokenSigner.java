package io.percolate.gateway.routing.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Mints tenants' tokens for people, demos and tests; the gateway itself only verifies. Safe for use from any thread. */
public final class TokenSigner {
    private final JWSAlgorithm algorithm;
    private final @Nullable String keyId;
    private final JWSSigner signer;
    private final Clock clock;

    private TokenSigner(SignatureAlgorithm algorithm, @Nullable String keyId, JWSSigner signer, Clock clock) {
        this.algorithm = JWSAlgorithm.parse(algorithm.text());
        this.keyId = keyId;
        this.signer = signer;
        this.clock = clock;
    }

    /** Signs with a private key; the token names the key by its RFC 7638 thumbprint. */
    public static TokenSigner of(SigningKeys keys, Clock clock) {
        return new TokenSigner(keys.algorithm(), keys.keyId(), keys.signer(), clock);
    }

    /** Signs with HS256 by a secret of at least 32 bytes. */
    public static TokenSigner of(Secret secret, Clock clock) {
        try {
            JWSSigner signer = new MACSigner(secret.reveal().getBytes(StandardCharsets.UTF_8));
            return new TokenSigner(SignatureAlgorithm.HS256, null, signer, clock);
        } catch (JOSEException tooShort) {
            throw new IllegalArgumentException("an HS256 secret has at least 32 bytes", tooShort);
        }
    }

    /** A token with {@code sub}, {@code iss}, {@code aud}, the tenant, {@code iat}, {@code exp} and a fresh {@code jti}. */
    public String sign(TokenGrant grant) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder()
                .subject(grant.subject())
                .claim(grant.tenantClaim(), grant.tenant().toString())
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plus(grant.lifetime())))
                .jwtID(UUID.randomUUID().toString());
        grant.issuer().ifPresent(claims::issuer);
        if (!grant.audience().isEmpty()) {
            claims.audience(grant.audience());
        }
        JWSHeader header = new JWSHeader.Builder(algorithm)
                .type(JOSEObjectType.JWT)
                .keyID(keyId)
                .build();
        SignedJWT token = new SignedJWT(header, claims.build());
        try {
            token.sign(signer);
        } catch (JOSEException failed) {
            throw new IllegalStateException("signing with " + algorithm + " failed", failed);
        }
        return token.serialize();
    }
}
