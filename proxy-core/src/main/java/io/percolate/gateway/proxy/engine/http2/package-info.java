/** HTTP/2 on the wire: strict reading of header blocks, writing of heads, what a stream was closed by. */
@NullMarked
package io.percolate.gateway.proxy.engine.http2;

import org.jspecify.annotations.NullMarked;
