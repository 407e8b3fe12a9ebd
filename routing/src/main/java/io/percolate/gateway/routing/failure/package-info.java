/** What can go wrong with a request, as one closed list. */
@NullMarked
package io.percolate.gateway.routing.failure;

import org.jspecify.annotations.NullMarked;
