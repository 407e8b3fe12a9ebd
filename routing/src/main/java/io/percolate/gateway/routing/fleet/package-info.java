/** The gateways of the fleet: who is alive, and flushes that reach every one of them. */
@NullMarked
package io.percolate.gateway.routing.fleet;

import org.jspecify.annotations.NullMarked;
