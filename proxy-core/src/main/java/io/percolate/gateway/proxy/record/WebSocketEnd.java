package io.percolate.gateway.proxy.record;

/** How a WebSocket came to its end; a metric label. */
public enum WebSocketEnd {
    /** The client's own Close frame. */
    CLIENT_CLOSED(0),
    /** The pod's own Close frame. */
    POD_CLOSED(0),
    /** The client's connection ended without one. */
    CLIENT_GONE(1006),
    /** The pod's connection ended without one. */
    POD_GONE(1011),
    CLIENT_VIOLATION(1002),
    POD_VIOLATION(1002),
    /** A side takes nothing of what is sent to it. */
    CLIENT_NOT_READING(1006),
    POD_NOT_READING(1011),
    /** No frame came from either side for too long. */
    IDLE(1001),
    /** It was open for as long as one may be. */
    LIFETIME(1001),
    /** The token has expired or was revoked. */
    TOKEN(1008),
    /** The tenant was suspended or deleted. */
    TENANT(1008),
    /** The tenant moves to another pod. */
    MOVED(1012),
    /** The gateway goes out of service. */
    DRAIN(1012),
    INTERNAL(1011);

    private final int code;

    WebSocketEnd(int code) {
        this.code = code;
    }

    /** What it is closed with, 1006 where that cannot be said to anybody; 0 where a side has its own code. */
    public int code() {
        return code;
    }
}
