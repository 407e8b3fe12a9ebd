package io.percolate.gateway.proxy.engine;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.percolate.gateway.proxy.engine.http1.ResponseDecoder;
import io.percolate.gateway.proxy.resilience.PodShare;
import io.percolate.gateway.routing.tenant.PodAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/** The connections of HTTP/1.1 to one pod, each for one exchange at a time; the one used last is used next. */
final class ConnectionPool extends UpstreamPool {
    private static final int STATUS_LINE_BYTES_MAX = 4 << 10;

    private final ArrayDeque<PodConnection> idle = new ArrayDeque<>();

    ConnectionPool(EdgeLoop loop, PodProtocol protocol, PodAddress address, PodShare share, Bootstrap connector) {
        super(loop, protocol, address, share, connector);
    }

    @Override
    @Nullable
    PodStream free() {
        while (!idle.isEmpty()) {
            PodConnection connection = idle.removeLast();
            if (connection.isUsable()) {
                return connection;
            }
        }
        return null;
    }

    @Override
    int connectionsMax() {
        return loop().upstream().connectionsMax();
    }

    @Override
    int exchangesPerConnection() {
        return 1;
    }

    /** Takes a connection whose exchange is over and which may be used again. */
    void release(PodConnection connection) {
        PodExchange next = nextPending(!connection.hasCarried());
        if (next != null) {
            next.connected(connection);
        } else {
            idle.addLast(connection);
        }
    }

    /** Forgets a connection that is closed. */
    void closed(PodConnection connection) {
        idle.remove(connection);
        connectionClosed();
    }

    @Override
    void closeIdle() {
        new ArrayList<>(idle).forEach(PodConnection::close);
    }

    @Override
    void attach(Channel channel) {
        ResponseDecoder decoder =
                new ResponseDecoder(STATUS_LINE_BYTES_MAX, loop().upstream().headerBytesMax(), EdgeLoop.READ_BYTES_MAX);
        PodConnection connection = new PodConnection(loop(), this);
        connection.attach(channel, decoder);
        protocol().secure(channel, address());
        channel.pipeline().addLast(decoder, connection);
    }

    @Override
    void connected(Channel channel) {
        PodConnection connection = channel.pipeline().get(PodConnection.class);
        protocol().whenSecure(channel, failure -> {
            if (failure == null) {
                connectionOpened();
                connection.opened();
                release(connection);
            } else {
                channel.close();
                connectionFailed(failure);
            }
        });
    }
}
