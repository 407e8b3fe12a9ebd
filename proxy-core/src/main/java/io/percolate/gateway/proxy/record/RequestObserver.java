package io.percolate.gateway.proxy.record;

/** Is told of each request when all is over, on the request's event loop: must be quick and must not block. */
@FunctionalInterface
public interface RequestObserver {
    void completed(RequestTimeline timeline);
}
