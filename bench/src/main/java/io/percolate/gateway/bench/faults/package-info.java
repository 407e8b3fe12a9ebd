/** {@code bench faults}: what tenants notice of pods and dependencies in trouble, of each other, and of too much to do. */
@NullMarked
package io.percolate.gateway.bench.faults;

import org.jspecify.annotations.NullMarked;
