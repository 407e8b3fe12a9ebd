/** Where figures are kept. */
@NullMarked
package io.percolate.gateway.bench.results;

import org.jspecify.annotations.NullMarked;
