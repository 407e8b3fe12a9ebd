package io.percolate.gateway.bench.restart;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;

/** A connection of a simple client: it is used as long as the gateway lets it, and nothing is sent twice on it. */
abstract sealed class KeptConnection implements AutoCloseable permits Http1Connection, Http2Connection {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final Socket socket = new Socket();

    KeptConnection(InetSocketAddress address) throws IOException {
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        socket.connect(address, TIMEOUT_MILLIS);
    }

    final Socket socket() {
        return socket;
    }

    /** Sends these together, as far as the protocol allows, and blocks until it is known what became of each. */
    abstract List<Outcome> exchange(List<Request> requests);

    /** Whether another request may be sent. */
    abstract boolean isUsable();

    @Override
    public final void close() throws IOException {
        socket.close();
    }
}
