/** Who sends a request: JWT verification, key sets, verified tokens kept until they expire. */
@NullMarked
package io.percolate.gateway.routing.token;

import org.jspecify.annotations.NullMarked;
