/** HTTP/1.1 on the wire: strict reading of heads and framing, writing of heads, what may pass and what may not. */
@NullMarked
package io.percolate.gateway.proxy.engine.http1;

import org.jspecify.annotations.NullMarked;
