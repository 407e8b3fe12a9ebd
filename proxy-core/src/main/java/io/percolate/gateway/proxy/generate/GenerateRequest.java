package io.percolate.gateway.proxy.generate;

import io.percolate.gateway.context.cache.Context;
import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What shall be answered.
 *
 * @param message the request's body, read-only
 * @param contentType of the message
 * @param wantsEvents whether the client asked for server-sent events
 */
public record GenerateRequest(
        TenantId tenant,
        String requestId,
        ByteBuffer message,
        Optional<String> contentType,
        boolean wantsEvents,
        Context context) {}
