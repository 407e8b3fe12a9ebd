package io.percolate.gateway.routing.token;

import io.percolate.gateway.routing.tenant.TenantId;

/**
 * A token whose signature, times, issuer and audience hold.
 *
 * @param expiresAtMillis epoch milliseconds; {@code Long.MAX_VALUE} when the token has no {@code exp} and that is
 *     allowed
 */
public record VerifiedToken(TenantId tenant, String subject, String issuer, String tokenId, long expiresAtMillis) {}
