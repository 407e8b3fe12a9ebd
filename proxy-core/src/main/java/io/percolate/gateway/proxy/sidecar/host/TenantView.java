package io.percolate.gateway.proxy.sidecar.host;

import io.percolate.gateway.routing.tenant.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * What is told of one tenant.
 *
 * @param state loading, hot, warm, absent or failed
 * @param epoch the last one under which it was seen here; 0 if it never was
 * @param busy whether an eviction would be refused now
 * @param error why the last load failed
 */
public record TenantView(
        TenantId tenant,
        String state,
        long epoch,
        int inFlight,
        boolean busy,
        long dataBytes,
        @Nullable String error) {}
