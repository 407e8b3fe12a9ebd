/** WebSocket (RFC 6455): the handshake, the tunnel after it, and the frames that pass through; bytes only, no channels. */
@NullMarked
package io.percolate.gateway.proxy.engine.websocket;

import org.jspecify.annotations.NullMarked;
