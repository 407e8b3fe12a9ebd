/** Servers that follow the primary, and how far behind each is. */
@NullMarked
package io.percolate.gateway.routing.replica;

import org.jspecify.annotations.NullMarked;
