package io.percolate.gateway.routing.placement;

import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.topology.RegionId;

/**
 * A gateway of another region.
 *
 * @param secured whether it is spoken to by TLS
 */
public record PeerGateway(RegionId region, PodAddress address, boolean secured) {}
