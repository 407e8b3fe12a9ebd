package io.percolate.gateway.proxy.engine.relay;

/** Why a request gets no answer. */
public enum RelayFault {
    /** The client's own message breaks HTTP. */
    REQUEST_MALFORMED,
    /** Nobody listens where the server should be. */
    REFUSED,
    /** The server takes no connection, or not in time. */
    UNREACHABLE,
    /** The server closed before it answered. */
    BROKEN_OFF,
    /** The server's answer breaks HTTP. */
    ANSWER_MALFORMED,
    /** The server's answer has not begun in time. */
    LATE
}
