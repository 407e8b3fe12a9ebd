/** Measures and shows the product: demo, benchmarks, reference tier pod. */
@NullMarked
package io.percolate.gateway.bench;

import org.jspecify.annotations.NullMarked;
