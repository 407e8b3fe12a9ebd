package io.percolate.gateway.proxy.engine;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ConnectTimeoutException;
import io.netty.util.NetUtil;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.PodAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one pod, and the requests that wait for one.
 *
 * <p>What is not needed grows idle and closes. A connection closes for a pod that has gone by itself; a pool with neither
 * connections nor requests that wait is forgotten. Not safe for use by several threads.
 */
abstract sealed class UpstreamPool permits ConnectionPool, MultiplexedPool {
    private final EdgeLoop loop;
    private final PodProtocol protocol;
    private final PodAddress address;
    private final InetSocketAddress socketAddress;
    private final Bootstrap connector;
    private final ArrayDeque<PodExchange> pending = new ArrayDeque<>();
    private int open;
    private int connecting;

    UpstreamPool(EdgeLoop loop, PodProtocol protocol, PodAddress address, Bootstrap connector) {
        this.loop = loop;
        this.protocol = protocol;
        this.address = address;
        this.socketAddress = socketAddress(address);
        this.connector = connector;
    }

    static UpstreamPool of(EdgeLoop loop, PodProtocol protocol, PodAddress address, Bootstrap connector) {
        return protocol.wire().isMultiplexed()
                ? new MultiplexedPool(loop, protocol, address, connector)
                : new ConnectionPool(loop, protocol, address, connector);
    }

    final EdgeLoop loop() {
        return loop;
    }

    final PodProtocol protocol() {
        return protocol;
    }

    final PodAddress address() {
        return address;
    }

    /**
     * Gives the exchange a stream, by {@link PodExchange#connected}, now or later; or says by {@link
     * PodExchange#unavailable} why it cannot have one.
     *
     * @param fresh whether it shall not be on a connection that was used before: the last one turned out to be stale
     */
    final void acquire(PodExchange exchange, boolean fresh) {
        PodStream stream = fresh ? null : free();
        if (stream != null) {
            exchange.connected(stream);
            return;
        }
        if (!mayOpen() && pending.size() >= loop.upstream().pendingMax()) {
            exchange.unavailable(exhausted("too many requests wait for a connection to the tenant's pod"));
            return;
        }
        pending.addLast(exchange);
        connectWhereNeeded();
    }

    /** Takes back an exchange that waits. */
    final void cancel(PodExchange exchange) {
        pending.remove(exchange);
        forgetWhenUnused();
    }

    /** Closes what is in no use. */
    abstract void closeIdle();

    /** A stream on one of the open connections; null when all are in use. */
    abstract @Nullable PodStream free();

    /** How many may be open at once. */
    abstract int connectionsMax();

    /** How many exchanges a new connection is likely to take. */
    abstract int exchangesPerConnection();

    /** Fits a new channel out; {@link #connectionOpened} or {@link #connectionFailed} is to tell what has become of it. */
    abstract void attach(Channel channel);

    /** The channel is connected, as far as the kernel is concerned. */
    abstract void connected(Channel channel);

    final Failure exhausted(String detail) {
        return Failure.of(FailureKind.POD_CONNECTIONS_EXHAUSTED, detail);
    }

    final boolean isAnyPending() {
        return !pending.isEmpty();
    }

    final @Nullable PodExchange nextPending() {
        return pending.pollFirst();
    }

    final void connectionOpened() {
        connecting--;
        open++;
    }

    final void connectionClosed() {
        open--;
        connectWhereNeeded();
        forgetWhenUnused();
    }

    /** A refusal is the pod's answer to all who wait; a timeout may be one lost packet, and is one request's. */
    final void connectionFailed(Throwable cause) {
        connecting--;
        Failure failure = failure(cause);
        int failing = failure.kind() == FailureKind.POD_CONNECT_TIMEOUT ? 1 : pending.size();
        ArrayList<PodExchange> unlucky = new ArrayList<>(failing);
        while (unlucky.size() < failing && !pending.isEmpty()) {
            unlucky.add(pending.removeFirst());
        }
        connectWhereNeeded();
        forgetWhenUnused();
        unlucky.forEach(exchange -> exchange.unavailable(failure));
    }

    final void connectWhereNeeded() {
        while ((long) connecting * exchangesPerConnection() < pending.size() && mayOpen()) {
            connect();
        }
    }

    private boolean mayOpen() {
        return open + connecting < connectionsMax();
    }

    private void connect() {
        connecting++;
        ChannelFuture future = connector
                .clone()
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        attach(channel);
                    }
                })
                .connect(socketAddress);
        future.addListener(connected -> {
            Throwable cause = connected.cause();
            if (cause == null) {
                connected(future.channel());
            } else {
                connectionFailed(cause);
            }
        });
    }

    private Failure failure(Throwable cause) {
        return switch (cause) {
            case ConnectTimeoutException timeout ->
                Failure.of(FailureKind.POD_CONNECT_TIMEOUT, "the tenant's pod did not accept a connection in time")
                        .withOperatorDetail(address.toString());
            case SSLException insecure ->
                Failure.of(FailureKind.POD_TLS_FAILED, "no secure connection to the tenant's pod came about")
                        .withOperatorDetail(address + " by " + protocol + ": " + insecure);
            case UnexpectedProtocolException unexpected ->
                Failure.of(FailureKind.POD_RESPONSE_INVALID, "the tenant's pod does not speak the expected protocol")
                        .withOperatorDetail(address + ": " + unexpected.getMessage());
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
