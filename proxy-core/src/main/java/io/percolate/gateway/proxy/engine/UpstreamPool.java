package io.percolate.gateway.proxy.engine;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ConnectTimeoutException;
import io.netty.util.NetUtil;
import io.percolate.gateway.proxy.engine.http1.ResponseDecoder;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.PodAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one pod.
 *
 * <p>The one used last is used next, so that what is not needed grows idle and closes. A connection closes for a pod
 * that has gone by itself; a pool with neither connections nor requests that wait is forgotten. Not safe for use by
 * several threads.
 */
final class UpstreamPool {
    private static final int STATUS_LINE_BYTES_MAX = 4 << 10;

    private final EdgeLoop loop;
    private final PodAddress address;
    private final InetSocketAddress socketAddress;
    private final Bootstrap connector;
    private final ArrayDeque<PodConnection> idle = new ArrayDeque<>();
    private final ArrayDeque<PodExchange> pending = new ArrayDeque<>();
    private int open;
    private int connecting;

    UpstreamPool(EdgeLoop loop, PodAddress address, Bootstrap connector) {
        this.loop = loop;
        this.address = address;
        this.socketAddress = socketAddress(address);
        this.connector = connector;
    }

    PodAddress address() {
        return address;
    }

    /**
     * Gives the exchange a connection, by {@link PodExchange#connected}, now or later; or says by {@link
     * PodExchange#unavailable} why it cannot have one.
     *
     * @param fresh whether it shall not be one that was used before: the last one turned out to be stale
     */
    void acquire(PodExchange exchange, boolean fresh) {
        while (!fresh && !idle.isEmpty()) {
            PodConnection connection = idle.removeLast();
            if (connection.isUsable()) {
                exchange.connected(connection);
                return;
            }
        }
        if (open + connecting >= loop.upstream().connectionsMax()
                && pending.size() >= loop.upstream().pendingMax()) {
            exchange.unavailable(exhausted("too many requests wait for a connection to the tenant's pod"));
            return;
        }
        pending.addLast(exchange);
        connectWhereNeeded();
    }

    /** Takes back an exchange that waits. */
    void cancel(PodExchange exchange) {
        pending.remove(exchange);
        forgetWhenUnused();
    }

    /** Takes a connection whose exchange is over and which may be used again. */
    void release(PodConnection connection) {
        PodExchange next = pending.pollFirst();
        if (next != null) {
            next.connected(connection);
        } else {
            idle.addLast(connection);
        }
    }

    /** Forgets a connection that is closed. */
    void closed(PodConnection connection) {
        open--;
        idle.remove(connection);
        connectWhereNeeded();
        forgetWhenUnused();
    }

    void closeIdle() {
        new ArrayList<>(idle).forEach(PodConnection::close);
    }

    Failure exhausted(String detail) {
        return Failure.of(FailureKind.POD_CONNECTIONS_EXHAUSTED, detail);
    }

    private void connectWhereNeeded() {
        while (connecting < pending.size()
                && open + connecting < loop.upstream().connectionsMax()) {
            connect();
        }
    }

    private void connect() {
        connecting++;
        PodConnection connection = new PodConnection(loop, this);
        ChannelFuture future = connector
                .clone()
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        ResponseDecoder decoder = new ResponseDecoder(
                                STATUS_LINE_BYTES_MAX, loop.upstream().headerBytesMax(), EdgeLoop.READ_BYTES_MAX);
                        connection.attach(channel, decoder);
                        channel.pipeline().addLast(decoder, connection);
                    }
                })
                .connect(socketAddress);
        future.addListener(connected -> {
            connecting--;
            Throwable cause = connected.cause();
            if (cause == null) {
                open++;
                connection.opened();
                release(connection);
            } else {
                failed(cause);
            }
        });
    }

    /** A refusal is the pod's answer to all who wait; a timeout may be one lost packet, and is one request's. */
    private void failed(Throwable cause) {
        Failure failure = failure(cause);
        int failing = failure.kind() == FailureKind.POD_CONNECT_REFUSED ? pending.size() : 1;
        ArrayList<PodExchange> unlucky = new ArrayList<>(failing);
        while (unlucky.size() < failing && !pending.isEmpty()) {
            unlucky.add(pending.removeFirst());
        }
        connectWhereNeeded();
        forgetWhenUnused();
        unlucky.forEach(exchange -> exchange.unavailable(failure));
    }

    private Failure failure(Throwable cause) {
        return switch (cause) {
            case ConnectTimeoutException timeout ->
                Failure.of(FailureKind.POD_CONNECT_TIMEOUT, "the tenant's pod did not accept a connection in time")
                        .withOperatorDetail(address.toString());
            default ->
                Failure.of(FailureKind.POD_CONNECT_REFUSED, "the tenant's pod does not accept connections")
                        .withOperatorDetail(address + ": " + cause);
        };
    }

    private void forgetWhenUnused() {
        if (open == 0 && connecting == 0 && pending.isEmpty()) {
            loop.remove(this);
        }
    }

    /** Names are resolved with each connection, addresses never. */
    private static InetSocketAddress socketAddress(PodAddress address) {
        InetAddress literal = literal(address.host());
        return literal == null
                ? InetSocketAddress.createUnresolved(address.host(), address.port())
                : new InetSocketAddress(literal, address.port());
    }

    private static @Nullable InetAddress literal(String host) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException("an address of " + bytes.length + " bytes", impossible);
        }
    }
}
