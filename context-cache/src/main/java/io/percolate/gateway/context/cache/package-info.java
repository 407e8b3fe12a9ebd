/** Context blobs at hand: bounded by bytes, fetched once for all who wait. */
@NullMarked
package io.percolate.gateway.context.cache;

import org.jspecify.annotations.NullMarked;
