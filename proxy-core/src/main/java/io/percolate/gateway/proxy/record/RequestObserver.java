package io.percolate.gateway.proxy.record;

/** Is told of each request when all is over, and of long ones on the way, on the request's event loop: must be quick and must not block. */
@FunctionalInterface
public interface RequestObserver {
    void completed(RequestTimeline timeline);

    /** A request goes on for long, as a stream or a WebSocket does: told several times a second. */
    default void goesOn(RequestTimeline timeline) {}
}
