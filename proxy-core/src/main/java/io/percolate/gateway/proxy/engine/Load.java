package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.Edge.ConnectionAbuse;
import io.percolate.gateway.proxy.engine.Edge.ConnectionBound;
import io.percolate.gateway.proxy.engine.http1.TrustedProxies;
import io.percolate.gateway.proxy.overload.OverloadWatch;
import io.percolate.gateway.proxy.overload.QueueMemory;
import io.percolate.gateway.proxy.overload.Waits;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What the whole edge has under way, over all event loops, and how many connections it may have. */
final class Load {
    /** What becomes of a new connection. */
    enum Admittance {
        SERVED,
        /** Beyond a bound by little: its first request is told so, and the connection closed. */
        REFUSED,
        /** To be closed at once, unanswered; it does not count. */
        DROPPED
    }

    /** Beyond a bound by this part connections are closed unanswered; up to there they are told why. */
    private static final int REFUSED_PART = 8;

    private final int connectionsMax;
    private final int connectionsPerAddressMax;
    private final TrustedProxies exempt;
    private final ArrivalRate arrivals;
    private final AtomicInteger connections = new AtomicInteger();
    /** Has an entry for an address that has connections, and so never more than there are connections. */
    private final ConcurrentHashMap<Long, Integer> connectionsByAddress = new ConcurrentHashMap<>();

    private final Map<ConnectionBound, LongAdder> refusedConnections = new EnumMap<>(ConnectionBound.class);
    private final Map<ConnectionAbuse, LongAdder> abusiveConnections = new EnumMap<>(ConnectionAbuse.class);
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicBoolean draining = new AtomicBoolean();
    private final OverloadWatch overload;
    private final Waits waits = new Waits();
    private final QueueMemory queueMemory;

    /** @param exempt proxies, whose connections are those of many clients */
    Load(
            int connectionsMax,
            int connectionsPerAddressMax,
            ArrivalRate arrivals,
            TrustedProxies exempt,
            OverloadWatch overload,
            QueueMemory queueMemory) {
        this.overload = overload;
        this.queueMemory = queueMemory;
        this.connectionsMax = connectionsMax;
        this.connectionsPerAddressMax = connectionsPerAddressMax;
        this.exempt = exempt;
        this.arrivals = arrivals;
        for (ConnectionBound bound : ConnectionBound.values()) {
            refusedConnections.put(bound, new LongAdder());
        }
        for (ConnectionAbuse abuse : ConnectionAbuse.values()) {
            abusiveConnections.put(abuse, new LongAdder());
        }
    }

    /** Counts a connection that has come, which must be told to {@link #connectionClosed} unless it is dropped. */
    Admittance connectionOpened(@Nullable InetAddress peer) {
        if (overload.stage().refusesConnections()) {
            refused(ConnectionBound.OVERLOAD).increment();
            return Admittance.DROPPED;
        }
        Long key = key(peer);
        if (key != null && !arrivals.takes(key, System.nanoTime())) {
            refused(ConnectionBound.ADDRESS_RATE).increment();
            return Admittance.DROPPED;
        }
        int inAll = connections.incrementAndGet();
        int ofPeer = key == null ? 0 : connectionsByAddress.merge(key, 1, Integer::sum);
        if (inAll <= connectionsMax && ofPeer <= connectionsPerAddressMax) {
            return Admittance.SERVED;
        }
        ConnectionBound bound = inAll > connectionsMax ? ConnectionBound.TOTAL : ConnectionBound.ADDRESS;
        refused(bound).increment();
        if (inAll <= withRefused(connectionsMax) && ofPeer <= withRefused(connectionsPerAddressMax)) {
            return Admittance.REFUSED;
        }
        connectionClosed(peer);
        return Admittance.DROPPED;
    }

    /** Counts an open connection to the address that it turns out to be from; dropped, it does not count there. */
    Admittance addressGiven(InetAddress address) {
        Long key = key(address);
        if (key != null && !arrivals.takes(key, System.nanoTime())) {
            refused(ConnectionBound.ADDRESS_RATE).increment();
            return Admittance.DROPPED;
        }
        int ofAddress = key == null ? 0 : connectionsByAddress.merge(key, 1, Integer::sum);
        if (ofAddress <= connectionsPerAddressMax) {
            return Admittance.SERVED;
        }
        refused(ConnectionBound.ADDRESS).increment();
        if (ofAddress <= withRefused(connectionsPerAddressMax)) {
            return Admittance.REFUSED;
        }
        forget(key);
        return Admittance.DROPPED;
    }

    void connectionClosed(@Nullable InetAddress peer) {
        connections.decrementAndGet();
        forget(key(peer));
    }

    private void forget(@Nullable Long key) {
        if (key != null) {
            connectionsByAddress.computeIfPresent(key, (address, open) -> open == 1 ? null : open - 1);
        }
    }

    int connections() {
        return connections.get();
    }

    /** Connections that were not served because of this bound. */
    long refusedConnections(ConnectionBound bound) {
        return refused(bound).sum();
    }

    /** Counts a connection that is closed for this. */
    void abused(ConnectionAbuse abuse) {
        Objects.requireNonNull(abusiveConnections.get(abuse)).increment();
    }

    long abusiveConnections(ConnectionAbuse abuse) {
        return Objects.requireNonNull(abusiveConnections.get(abuse)).sum();
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

    /** Requests under way that do not wait for others to end. */
    int running() {
        return requests.get() - waits.waiting();
    }

    Waits waits() {
        return waits;
    }

    /** What requests that wait for their turn may take, here and for pods. */
    QueueMemory queueMemory() {
        return queueMemory;
    }

    /** Whether connections are not kept for a next request. */
    boolean endsConnections() {
        return draining.get() || overload.stage().endsConnections();
    }

    /** Goes out of service; false when that was done before. */
    boolean drain() {
        return draining.compareAndSet(false, true);
    }

    /** Whether the edge is going out of service: answers end their connections. */
    boolean isDraining() {
        return draining.get();
    }

    private LongAdder refused(ConnectionBound bound) {
        return Objects.requireNonNull(refusedConnections.get(bound));
    }

    private static int withRefused(int bound) {
        return bound + Math.max(1, bound / REFUSED_PART);
    }

    /** An IPv4 address, or the first half of an IPv6 one, whose other half is one subscriber's; null when not counted. */
    private @Nullable Long key(@Nullable InetAddress peer) {
        if (peer == null || exempt.contains(peer)) {
            return null;
        }
        byte[] address = peer.getAddress();
        ByteBuffer bytes = ByteBuffer.wrap(address);
        return address.length == Integer.BYTES ? bytes.getInt() & 0xffff_ffffL : bytes.getLong();
    }
}
