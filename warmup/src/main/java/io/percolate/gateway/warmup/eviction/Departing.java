package io.percolate.gateway.warmup.eviction;

import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;

/**
 * A tenant that may have to leave memory or its pod, as its row was when it was chosen.
 *
 * @param pod holds its newest data
 * @param residency hot, warm, or moving where an eviction was cut off
 */
public record Departing(TenantId tenant, Tier tier, Residency residency, PodId pod, PodAddress address, long epoch) {}
