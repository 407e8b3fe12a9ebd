/** The data plane on Netty: listeners, client and pod connections, forwarding with back-pressure. */
@NullMarked
package io.percolate.gateway.proxy.engine;

import org.jspecify.annotations.NullMarked;
