package io.percolate.gateway.bench.restart;

import java.io.IOException;
import java.net.InetSocketAddress;

/** A gateway as a balancer knows it: where it is, and whether it said that it is ready when last asked. */
final class Place {
    private static final Request READY = new Request("/ready", "", 0);

    private final InetSocketAddress edge;
    private final InetSocketAddress ops;
    private volatile boolean ready;

    Place(InetSocketAddress edge, InetSocketAddress ops) {
        this.edge = edge;
        this.ops = ops;
    }

    InetSocketAddress edge() {
        return edge;
    }

    boolean isReady() {
        return ready;
    }

    /** Asks it. */
    void probe() {
        try (Http1Connection connection = new Http1Connection(ops)) {
            ready = connection.status(READY) == 200;
        } catch (IOException absent) {
            ready = false;
        }
    }
}
