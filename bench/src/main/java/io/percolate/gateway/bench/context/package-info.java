/** Measures what cold tenants are answered with: first bytes, and memory under slow readers. */
@NullMarked
package io.percolate.gateway.bench.context;

import org.jspecify.annotations.NullMarked;
