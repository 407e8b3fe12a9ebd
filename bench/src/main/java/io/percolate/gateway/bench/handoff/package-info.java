/** {@code bench handoff}: tenants moved between pods under load and kills, and a judge of what their clients saw. */
@NullMarked
package io.percolate.gateway.bench.handoff;

import org.jspecify.annotations.NullMarked;
