/** Everything on one machine, as processes: for a newcomer, and for tests of the whole. */
@NullMarked
package io.percolate.gateway.bench.demo;

import org.jspecify.annotations.NullMarked;
