/** Planned moves and lost pods, over real pods, gateways and management processes. */
@NullMarked
package io.percolate.gateway.bench.moves;

import org.jspecify.annotations.NullMarked;
