package io.percolate.gateway.warmup.handoff;

import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;

/**
 * One planned move of one tenant.
 *
 * @param holdMax how long its requests may be held at most; then the move is rolled back
 */
public record MoveOrder(TenantId tenant, MoveTarget target, Duration holdMax) {}
