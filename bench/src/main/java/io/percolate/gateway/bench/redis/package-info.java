/** What Redis costs and brings the look-up of routes, while it is there, silent, gone and back. */
@NullMarked
package io.percolate.gateway.bench.redis;

import org.jspecify.annotations.NullMarked;
