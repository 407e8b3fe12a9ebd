package io.percolate.gateway.bench.coldstart;

import java.net.InetSocketAddress;
import java.util.List;

/** Requests that are sent and wait for their answer, all at once. */
interface HeldRequests extends AutoCloseable {
    /** Opens the connections for as many requests; blocks until they are open. */
    void open(InetSocketAddress gateway, int count);

    /** Sends as many, of these tokens in turn. */
    void send(List<String> tokens);

    /** Answers of 503 so far. */
    int refused();

    @Override
    void close();
}
