/** The gateway's second door, for probes and operators: health, readiness, metrics, routes, flush, drain. */
@NullMarked
package io.percolate.gateway.proxy.ops;

import org.jspecify.annotations.NullMarked;
