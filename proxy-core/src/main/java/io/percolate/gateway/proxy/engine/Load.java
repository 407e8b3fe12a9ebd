package io.percolate.gateway.proxy.engine;

import java.util.concurrent.atomic.AtomicInteger;

/** What the whole edge has under way, over all event loops. */
final class Load {
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();
    private volatile boolean draining;

    int connectionOpened() {
        return connections.incrementAndGet();
    }

    void connectionClosed() {
        connections.decrementAndGet();
    }

    int connections() {
        return connections.get();
    }

    void requestBegan() {
        requests.incrementAndGet();
    }

    void requestEnded() {
        requests.decrementAndGet();
    }

    int requests() {
        return requests.get();
    }

    void drain() {
        draining = true;
    }

    /** Whether the edge is going out of service: answers end their connections. */
    boolean isDraining() {
        return draining;
    }
}
