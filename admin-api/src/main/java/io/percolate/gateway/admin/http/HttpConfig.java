package io.percolate.gateway.admin.http;

import java.time.Duration;

/**
 * Where the management API listens and what one caller may take of it.
 *
 * @param requestTimeout from the first byte of a request to its answer, unless the route has a deadline of its own
 * @param idleTimeout how long a connection may wait for its next request
 */
public record HttpConfig(
        String host,
        int port,
        int bodyBytesMax,
        int headerBytesMax,
        int targetBytesMax,
        int connectionsMax,
        Duration requestTimeout,
        Duration idleTimeout) {}
