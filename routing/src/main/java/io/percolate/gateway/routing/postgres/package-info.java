/** Connections to the management database. */
@NullMarked
package io.percolate.gateway.routing.postgres;

import org.jspecify.annotations.NullMarked;
