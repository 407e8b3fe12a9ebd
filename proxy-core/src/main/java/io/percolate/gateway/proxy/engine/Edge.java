package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.cold.HoldBound;
import java.net.InetSocketAddress;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** The running edge: its listener and all connections of clients and pods. */
public interface Edge {
    /** What bounds the connections of clients. */
    enum ConnectionBound {
        /** All there may be. */
        TOTAL,
        /** Those of one address. */
        ADDRESS
    }

    /** Where it listens; the port is the real one when 0 was asked for. */
    InetSocketAddress address();

    /** Connections of clients that are open now. */
    int activeConnections();

    /** Connections that were not served because of this bound. */
    long refusedConnections(ConnectionBound bound);

    /** Requests that wait for their tenants' pods. */
    int heldRequests();

    /** Memory that is reserved for them. */
    long heldBytes();

    /** Requests that were not held because of this bound. */
    long refusedHolds(HoldBound bound);

    /** Requests that have begun and not ended. */
    int activeRequests();

    /**
     * Goes out of service without losing a request: answers on, with {@code Connection: close}, until nothing is under
     * way or the bound is over, then closes everything. Never errors; completes when all sockets are closed.
     */
    Mono<Void> drain(Duration bound);
}
