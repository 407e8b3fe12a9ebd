/** How failures look on the wire. */
@NullMarked
package io.percolate.gateway.proxy.failure;

import org.jspecify.annotations.NullMarked;
