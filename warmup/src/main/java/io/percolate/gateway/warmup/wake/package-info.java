/** The wake of a tenant: one claim across the fleet, one flight in this process. */
@NullMarked
package io.percolate.gateway.warmup.wake;

import org.jspecify.annotations.NullMarked;
