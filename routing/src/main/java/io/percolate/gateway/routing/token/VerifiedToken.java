package io.percolate.gateway.routing.token;

import io.percolate.gateway.routing.tenant.TenantId;

/**
 * A token whose signature, times, issuer and audience hold.
 *
 * @param subject the {@code sub}; empty when it has none, as are {@code issuer} ({@code iss}),
 *     {@code tokenId} ({@code jti}) and {@code session} ({@code sid})
 * @param expiresAtMillis when it stops being accepted, epoch milliseconds: its {@code exp} and the configured clock
 *     skew; {@code Long.MAX_VALUE} when the token has no {@code exp} and that is allowed
 * @param shardKey the claim that names the key by which its requests find their shard; empty when it has none
 */
public record VerifiedToken(
        TenantId tenant,
        String subject,
        String issuer,
        String tokenId,
        String session,
        long expiresAtMillis,
        String shardKey) {

    /** A token that names no shard key. */
    public VerifiedToken(
            TenantId tenant, String subject, String issuer, String tokenId, String session, long expiresAtMillis) {
        this(tenant, subject, issuer, tokenId, session, expiresAtMillis, "");
    }
}
