package io.percolate.gateway.proxy.engine;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ConnectTimeoutException;
import io.netty.util.NetUtil;
import io.percolate.gateway.proxy.overload.FairQueue;
import io.percolate.gateway.proxy.overload.QueueMemory;
import io.percolate.gateway.proxy.resilience.PodShare;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.PodAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one pod, and the requests that wait for one, in turn by tenant.
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
    private final PodShare share;
    private final FairQueue<PodExchange> pending = new FairQueue<>();
    /** Those that need a connection that nothing was sent on: the last one turned out to be stale. */
    private final FairQueue<PodExchange> pendingUnused = new FairQueue<>();

    private final QueueMemory memory;
    /** While requests wait: other event loops may have made room, of which nobody tells. */
    private final LoopTimer.Deadline look;
    /** Whether requests wait for the pod to have less under way, rather than for connections. */
    private boolean crowded;

    private int open;
    private int connecting;

    UpstreamPool(EdgeLoop loop, PodProtocol protocol, PodAddress address, PodShare share, Bootstrap connector) {
        this.loop = loop;
        this.protocol = protocol;
        this.address = address;
        this.socketAddress = socketAddress(address);
        this.connector = connector;
        this.memory = loop.load().queueMemory();
        this.share = share;
        this.look = new LoopTimer.Deadline(loop.timer()) {
            @Override
            void expired(long nowNanos) {
                dispatch(nowNanos);
            }
        };
    }

    static UpstreamPool of(
            EdgeLoop loop, PodProtocol protocol, PodAddress address, PodShare share, Bootstrap connector) {
        return protocol.wire().isMultiplexed()
                ? new MultiplexedPool(loop, protocol, address, share, connector)
                : new ConnectionPool(loop, protocol, address, share, connector);
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

    /** What is known of the pod, as far as this loop has a part in it. */
    final PodShare share() {
        return share;
    }

    /**
     * Gives the exchange a stream, by {@link PodExchange#connected}, now or later; or says by {@link
     * PodExchange#unavailable} why it cannot have one.
     *
     * @param fresh whether it shall not be on a connection that was used before: the last one turned out to be stale
     */
    final void acquire(PodExchange exchange, boolean fresh, long nowNanos) {
        boolean another = fresh && mayOpen();
        if (!another && !isAnyPending() && share.tryEnter(nowNanos)) {
            PodStream stream = free();
            if (stream != null) {
                exchange.turnBegan(this);
                exchange.connected(stream);
                return;
            }
            share.abandoned();
        }
        if (!takesPlace(exchange, nowNanos)) {
            forgetWhenUnused();
            exchange.unavailable(exhausted("too many requests wait for a connection to the tenant's pod"));
            return;
        }
        (another ? pendingUnused : pending).add(exchange.tenant(), FairQueue.cost(exchange.contentLength()), exchange);
        connectWhereNeeded(nowNanos);
        look.set(nowNanos);
    }

    /** Finds a place to wait, if need be that of the newest request of the tenant with most of them. */
    private boolean takesPlace(PodExchange exchange, long nowNanos) {
        while (true) {
            boolean full = pendingCount() >= loop.upstream().pendingMax() && !(mayOpen() && share.hasRoom(nowNanos));
            if (!full && share.guard().tryPend()) {
                if (memory.tryTake(QueueMemory.bytes(exchange.contentLength()))) {
                    return true;
                }
                share.guard().noLongerPending();
            }
            PodExchange displaced = pending.takeNewestOfBusierThan(exchange.tenant());
            if (displaced == null) {
                return false;
            }
            leaves(displaced);
            displaced.unavailable(
                    exhausted("requests of other tenants have a right to the place in which this waited"));
        }
    }

    private void leaves(PodExchange exchange) {
        share.guard().noLongerPending();
        memory.giveBack(QueueMemory.bytes(exchange.contentLength()));
    }

    private int pendingCount() {
        return pending.size() + pendingUnused.size();
    }

    /** Takes back an exchange that waits. */
    final void cancel(PodExchange exchange) {
        if (pending.remove(exchange.tenant(), exchange) || pendingUnused.remove(exchange.tenant(), exchange)) {
            leaves(exchange);
        }
        forgetWhenUnused();
    }

    /** A request is answered, or over: another one may have its turn. */
    final void turnOver() {
        if (crowded && isAnyPending()) {
            crowded = false;
            // Later, for this may be in the midst of the one that makes room.
            loop.eventLoop().execute(() -> dispatch(System.nanoTime()));
        }
    }

    /** Gives those who wait what is free. */
    private void dispatch(long nowNanos) {
        while (!pending.isEmpty() && enters(nowNanos)) {
            PodStream stream = free();
            PodExchange next = stream == null ? null : pending.poll();
            if (stream == null || next == null) {
                share.abandoned();
                break;
            }
            begins(next);
            next.connected(stream);
        }
        connectWhereNeeded(nowNanos);
        if (isAnyPending()) {
            look.set(nowNanos);
        }
    }

    /** Lets one more in, who must have a connection then. */
    private boolean enters(long nowNanos) {
        crowded = !share.tryEnter(nowNanos);
        return !crowded;
    }

    private void begins(PodExchange next) {
        leaves(next);
        next.turnBegan(this);
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
        return !pending.isEmpty() || !pendingUnused.isEmpty();
    }

    /**
     * Who is to have a connection that is free; null when nobody waits for one, or it is nobody's turn.
     *
     * @param unused whether nothing was sent on it before
     */
    final @Nullable PodExchange nextPending(boolean unused) {
        FairQueue<PodExchange> from = unused && !pendingUnused.isEmpty() ? pendingUnused : pending;
        if (from.isEmpty() || !enters(System.nanoTime())) {
            return null;
        }
        PodExchange next = from.poll();
        if (next != null) {
            begins(next);
        }
        return next;
    }

    final void connectionOpened() {
        connecting--;
        open++;
        share.guard().reachable();
    }

    final void connectionClosed() {
        open--;
        share.guard().connectionClosed();
        connectWhereNeeded();
        forgetWhenUnused();
    }

    /** A refusal is the pod's answer to all who wait; a timeout may be one lost packet, and is one request's. */
    final void connectionFailed(Throwable cause) {
        connecting--;
        share.guard().connectionClosed();
        Failure failure = failure(cause);
        if (failure.kind() == FailureKind.POD_CONNECT_REFUSED || failure.kind() == FailureKind.POD_CONNECT_TIMEOUT) {
            share.guard().unreachable(System.nanoTime());
        }
        int failing = failure.kind() == FailureKind.POD_CONNECT_TIMEOUT ? 1 : pendingCount();
        ArrayList<PodExchange> unlucky = new ArrayList<>(failing);
        while (unlucky.size() < failing) {
            PodExchange next = pendingUnused.isEmpty() ? pending.poll() : pendingUnused.poll();
            if (next == null) {
                break;
            }
            leaves(next);
            unlucky.add(next);
        }
        connectWhereNeeded();
        forgetWhenUnused();
        unlucky.forEach(exchange -> exchange.unavailable(failure));
    }

    final void connectWhereNeeded() {
        if (isAnyPending()) {
            connectWhereNeeded(System.nanoTime());
        }
    }

    private void connectWhereNeeded(long nowNanos) {
        while ((long) connecting * exchangesPerConnection() < pendingCount()
                && mayOpen()
                && share.hasRoom(nowNanos)
                && share.guard().tryConnect()) {
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

    final void forgetWhenUnused() {
        if (!isAnyPending()) {
            look.cancel();
        }
        if (open == 0 && connecting == 0 && !isAnyPending()) {
            loop.remove(this);
        }
    }

    /** Names are resolved with each connection, addresses never. */
    static InetSocketAddress socketAddress(PodAddress address) {
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
