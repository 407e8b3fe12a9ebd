package io.percolate.gateway.proxy.generate;

import io.percolate.gateway.context.cache.Context;
import io.percolate.gateway.routing.tenant.TenantId;

/** What shall be answered, and from what. */
public record GenerateRequest(TenantId tenant, String requestId, Question question, Context context) {}
