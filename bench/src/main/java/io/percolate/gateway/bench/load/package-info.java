/** Load comparisons: the gateway and its peers in turn, each on one core, doing the same job. */
@NullMarked
package io.percolate.gateway.bench.load;

import org.jspecify.annotations.NullMarked;
