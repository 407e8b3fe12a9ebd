package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.cold.HoldBound;
import io.percolate.gateway.proxy.engine.tls.HandshakeOutcome;
import io.percolate.gateway.proxy.engine.tls.ServerCertificates;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTotals;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Mono;

/** The running edge: its listener and all connections of clients and pods. */
public interface Edge {
    /** What bounds the connections of clients. */
    enum ConnectionBound {
        /** All there may be. */
        TOTAL,
        /** Those of one address. */
        ADDRESS,
        /** New ones of one address, each second. */
        ADDRESS_RATE,
        /** None, while the process runs out of something. */
        OVERLOAD
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

    /** What became of PROXY headers. */
    enum ProxyHeader {
        TAKEN,
        /** None may come from there, where there has to be one. */
        UNTRUSTED,
        MALFORMED,
        /** The connection ended before it was whole. */
        ABANDONED,
        TIMEOUT
    }

    /** Where its first listener listens; the port is the real one when 0 was asked for. */
    InetSocketAddress address();

    /** Connections of clients that are open now. */
    int activeConnections();

    /** Connections that were not served because of this bound. */
    long refusedConnections(ConnectionBound bound);

    /** Connections closed for this kind of abuse. */
    long abusiveConnections(ConnectionAbuse abuse);

    /** PROXY headers that this became of. */
    long proxyHeaders(ProxyHeader kind);

    /** TLS handshakes that ended like this. */
    long handshakes(HandshakeOutcome outcome);

    /** The certificates that clients are shown; none without TLS. */
    List<ServerCertificates.Status> certificates();

    /** Requests that wait for their tenants' pods. */
    int heldRequests();

    /** Memory that is reserved for them. */
    long heldBytes();

    /** Requests that were not held because of this bound. */
    long refusedHolds(HoldBound bound);

    /** Requests that have begun and not ended. */
    int activeRequests();

    /** The WebSockets that are open, and those that were. */
    WebSocketTotals webSockets();

    /** Tells clients with each answer from now on that the connection ends, so that they look for another gateway. */
    void sendAway();

    /**
     * Goes out of service without losing a request: answers on, with {@code Connection: close} or GOAWAY, and closes
     * WebSockets spread over a part of the bound, until nothing is under
     * way or the bound is over, then closes everything. Never errors; completes when all sockets are closed.
     */
    Mono<Void> drain(Duration bound);
}
