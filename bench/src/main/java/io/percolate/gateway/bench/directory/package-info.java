/** {@code ./gateway bench directory}: the route directory over a million tenants. */
@NullMarked
package io.percolate.gateway.bench.directory;

import org.jspecify.annotations.NullMarked;
