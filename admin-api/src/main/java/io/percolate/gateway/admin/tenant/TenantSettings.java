package io.percolate.gateway.admin.tenant;

import io.percolate.gateway.admin.auth.Digests;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What people decide of a tenant, and a patch may change; the rest is where the tenant happens to live.
 *
 * @param shardId the shard it is pinned to; null for the one that hashing gives it
 */
record TenantSettings(
        @Nullable String name,
        Tier tier,
        TenantStatus status,
        SecurityMode securityMode,
        String region,
        @Nullable String shardId,
        TenantLimits limits) {
    private static final int ETAG_BYTES = 12;

    /**
     * Entity tag of these settings alone, so that {@code If-Match} guards against lost updates and not against the tenant
     * having been woken meanwhile.
     */
    String etag() {
        byte[] digest = Digests.sha256(Json.writeText(this));
        return '"' + HexFormat.of().formatHex(digest, 0, ETAG_BYTES) + '"';
    }

    TenantSettings withTier(Tier other) {
        return new TenantSettings(name, other, status, securityMode, region, shardId, limits);
    }

    /** What differs from {@code before}, as {@code {"before": {...}, "after": {...}}}. */
    ObjectNode changesSince(TenantSettings before) {
        ObjectNode was = Json.objectOf(before);
        ObjectNode is = Json.objectOf(this);
        ObjectNode changes = Json.newObject();
        ObjectNode then = changes.putObject("before");
        ObjectNode now = changes.putObject("after");
        is.propertyNames().stream()
                .filter(name -> !is.get(name).equals(was.get(name)))
                .forEach(name -> {
                    then.set(name, was.get(name));
                    now.set(name, is.get(name));
                });
        return changes;
    }
}
