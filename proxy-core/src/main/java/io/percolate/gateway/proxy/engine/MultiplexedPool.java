package io.percolate.gateway.proxy.engine;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.percolate.gateway.proxy.resilience.PodShare;
import io.percolate.gateway.routing.tenant.PodAddress;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The connections of HTTP/2 to one pod, each for as many exchanges as it and the pod allow; the first with room is used,
 * so that those beyond what is needed grow idle.
 */
final class MultiplexedPool extends UpstreamPool {
    private final List<MultiplexedConnection> connections = new ArrayList<>();

    MultiplexedPool(EdgeLoop loop, PodProtocol protocol, PodAddress address, PodShare share, Bootstrap connector) {
        super(loop, protocol, address, share, connector);
    }

    @Override
    @Nullable
    PodStream free() {
        for (int i = 0; i < connections.size(); i++) {
            MultiplexedConnection connection = connections.get(i);
            if (connection.hasRoom()) {
                return connection.stream();
            }
        }
        return null;
    }

    @Override
    int connectionsMax() {
        return loop().upstream().multiplexedMax();
    }

    @Override
    int exchangesPerConnection() {
        return loop().upstream().streamsMax();
    }

    @Override
    void closeIdle() {
        for (MultiplexedConnection connection : new ArrayList<>(connections)) {
            if (connection.isIdle()) {
                connection.close();
            }
        }
    }

    @Override
    void attach(Channel channel) {
        protocol().secure(channel, address());
    }

    @Override
    void connected(Channel channel) {
        protocol().whenSecure(channel, failure -> {
            if (failure == null) {
                channel.pipeline()
                        .addLast(MultiplexedConnection.create(
                                loop(), this, protocol().wire().isEncrypted()));
            } else {
                channel.close();
                connectionFailed(failure);
            }
        });
    }

    /** The connection can be used. */
    void opened(MultiplexedConnection connection) {
        connectionOpened();
        connections.add(connection);
        roomAt(connection);
    }

    /** The connection may have become able to take more exchanges. */
    void roomAt(MultiplexedConnection connection) {
        while (connection.hasRoom()) {
            PodExchange next = nextPending(!connection.hasCarried());
            if (next == null) {
                return;
            }
            next.connected(connection.stream());
        }
        connectWhereNeeded();
    }

    /** The connection takes no exchanges any more. */
    void retired(MultiplexedConnection connection) {
        connections.remove(connection);
    }

    /** The connection, which could be used before, is closed. */
    void closed(MultiplexedConnection connection) {
        connections.remove(connection);
        connectionClosed();
    }

    /** A connection has closed before it could be used. */
    void unopened(@Nullable SSLException insecure) {
        connectionFailed(
                insecure != null
                        ? insecure
                        : new UnexpectedProtocolException(
                                "expected HTTP/2, and the connection ended before its settings"));
    }
}
