package io.percolate.gateway.proxy.pod;

import io.percolate.gateway.routing.tenant.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * What a pod tells of one tenant.
 *
 * @param state loading, hot, warm, absent or failed
 * @param epoch the last one under which it was seen here; 0 if it never was
 * @param inFlight requests being served
 * @param busy whether an eviction would be refused now
 * @param memoryBytes 0 where nobody can tell
 * @param error why the last load failed
 */
public record TenantView(
        TenantId tenant,
        String state,
        long epoch,
        int inFlight,
        boolean busy,
        long memoryBytes,
        long dataBytes,
        @Nullable String error) {}
