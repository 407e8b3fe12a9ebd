/** Gateways that are replaced while clients use them. */
@NullMarked
package io.percolate.gateway.bench.restart;

import org.jspecify.annotations.NullMarked;
