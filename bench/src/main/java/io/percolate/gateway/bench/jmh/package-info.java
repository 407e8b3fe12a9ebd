/** The steps of the hot path, each alone: what it takes and what it allocates. */
@NullMarked
package io.percolate.gateway.bench.jmh;

import org.jspecify.annotations.NullMarked;
