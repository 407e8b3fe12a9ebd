/** News that travels between processes through PostgreSQL: route changes and cache flushes. */
@NullMarked
package io.percolate.gateway.routing.invalidation;

import org.jspecify.annotations.NullMarked;
