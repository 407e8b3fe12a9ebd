/** Where a tenant's requests go, and why: strategies by tier, regions, and what gateways of two regions tell each other. */
@NullMarked
package io.percolate.gateway.routing.placement;

import org.jspecify.annotations.NullMarked;
