package io.percolate.gateway.routing.token;

import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a token to be signed says.
 *
 * @param tenantClaim the claim that names the tenant; the verifier's configuration must name the same
 * @param audience none, one (written as a text) or several
 */
public record TokenGrant(
        TenantId tenant,
        String tenantClaim,
        String subject,
        Optional<String> issuer,
        List<String> audience,
        Duration lifetime) {

    public TokenGrant {
        audience = List.copyOf(audience);
        if (tenantClaim.isBlank()) {
            throw new IllegalArgumentException("a grant needs the name of the tenant claim");
        }
        if (lifetime.isNegative() || lifetime.isZero()) {
            throw new IllegalArgumentException("the lifetime of a token is positive: " + lifetime);
        }
    }
}
