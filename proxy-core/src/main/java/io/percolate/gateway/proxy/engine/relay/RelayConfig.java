package io.percolate.gateway.proxy.engine.relay;

import java.time.Duration;

/**
 * How a relay listens and connects.
 *
 * @param port 0 takes any
 * @param idleMax how long a client's connection may be without a request
 * @param serverIdleMax how long a connection to a server is kept for a next request; shorter than the server's own
 */
public record RelayConfig(
        String host, int port, int eventLoops, Duration connectTimeout, Duration idleMax, Duration serverIdleMax) {}
