/** HTTP/2 on the wire: header blocks of messages that the rules of {@code http1} have let pass, and back. */
@NullMarked
package io.percolate.gateway.proxy.engine.http2;

import org.jspecify.annotations.NullMarked;
