/** Many cold tenants, and many requests of one: what waits, for how long, and what gets lost (nothing). */
@NullMarked
package io.percolate.gateway.bench.coldstart;

import org.jspecify.annotations.NullMarked;
