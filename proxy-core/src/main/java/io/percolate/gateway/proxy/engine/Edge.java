package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.websocket.WebSocketTotals;
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

    /** Why the connection of a client is closed that costs more than it brings, or keeps what others need. */
    enum ConnectionAbuse {
        /** Requests taken back as soon as they were sent (CVE-2023-44487). */
        RESETS,
        /** Streams that had to be reset for the client's faults (CVE-2025-8671). */
        PROVOKED_RESETS,
        /** Settings, pings, priorities, windows and frames of unknown types. */
        CONTROL_FRAMES,
        /** What has to be answered to such frames, and is not read. */
        UNREAD_CONTROL_FRAMES,
        EMPTY_DATA,
        /** Many frames for one header block. */
        CONTINUATIONS,
        HEADER_BLOCK,
        /** A frame or header block that does not come to its end. */
        SLOW_HEAD,
        /** Nothing of what was sent is taken from the socket. */
        NOT_READING
    }

    /** Where it listens; the port is the real one when 0 was asked for. */
    InetSocketAddress address();

    /** Connections of clients that are open now. */
    int activeConnections();

    /** Connections that were not served because of this bound. */
    long refusedConnections(ConnectionBound bound);

    /** Connections closed for this kind of abuse. */
    long abusiveConnections(ConnectionAbuse abuse);

    /** Requests that have begun and not ended. */
    int activeRequests();

    /** The WebSockets that are open, and those that were. */
    WebSocketTotals webSockets();

    /**
     * Goes out of service without losing a request: answers on, with {@code Connection: close} or GOAWAY, and
     * closes WebSockets spread over a part of the bound, until nothing is under
     * way or the bound is over, then closes everything. Never errors; completes when all sockets are closed.
     */
    Mono<Void> drain(Duration bound);
}
