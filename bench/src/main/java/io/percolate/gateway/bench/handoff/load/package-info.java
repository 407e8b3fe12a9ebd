/** Clients of tenants that check what they are answered, and the histories by which they judge it. */
@NullMarked
package io.percolate.gateway.bench.handoff.load;

import org.jspecify.annotations.NullMarked;
