/** A generator service that needs no model, for the demo and for tests. */
@NullMarked
package io.percolate.gateway.bench.generator;

import org.jspecify.annotations.NullMarked;
