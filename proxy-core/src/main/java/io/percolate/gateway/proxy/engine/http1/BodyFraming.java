package io.percolate.gateway.proxy.engine.http1;

/** How the end of a message's body is known. */
public enum BodyFraming {
    /** There is no body. */
    NONE,
    LENGTH,
    CHUNKED,
    /** Until the connection closes; answers only. */
    UNTIL_CLOSE
}
