package io.percolate.gateway.proxy.engine;

import io.netty.channel.Channel;
import io.percolate.gateway.proxy.engine.Edge.ProxyHeader;
import io.percolate.gateway.proxy.engine.Load.Admittance;
import io.percolate.gateway.proxy.engine.tls.ServerCertificates;
import io.percolate.gateway.proxy.engine.tls.TlsHandshake;
import io.percolate.gateway.proxy.engine.tls.TlsSession;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a client from its acceptance until requests can come: counted, its PROXY header read, its TLS
 * handshake done, all in bounded time. On its event loop only.
 */
final class ClientArrival extends LoopTimer.Deadline {
    private final EdgeLoop loop;
    private final Channel channel;
    private final ListenerConfig listener;
    private final @Nullable ServerCertificates certificates;
    private @Nullable InetAddress address;
    /** Whose connections it counts to; null while, or because, it counts to nobody's. */
    private @Nullable InetAddress counted;

    private boolean shed;
    private @Nullable TlsHandshake handshake;

    ClientArrival(EdgeLoop loop, Channel channel, ListenerConfig listener, @Nullable ServerCertificates certificates) {
        super(loop.timer());
        this.loop = loop;
        this.channel = channel;
        this.listener = listener;
        this.certificates = certificates;
        this.address = channel.remoteAddress() instanceof InetSocketAddress socket ? socket.getAddress() : null;
    }

    /** Takes the connection in; false when it is closed instead. */
    boolean begin() {
        boolean maySend = address != null && loop.edge().proxyProtocolFrom().contains(address);
        boolean proxied = listener.proxyProtocol() != ProxyProtocol.OFF && maySend;
        if (listener.proxyProtocol() == ProxyProtocol.REQUIRED && !maySend) {
            loop.proxyHeaders().add(ProxyHeader.UNTRUSTED);
            channel.close();
            return false;
        }
        // Behind a balancer it is another's, whose it is only its header tells.
        counted = proxied ? null : address;
        Admittance admittance = loop.load().connectionOpened(counted);
        if (admittance == Admittance.DROPPED) {
            channel.close();
            return false;
        }
        shed = admittance == Admittance.REFUSED;
        channel.closeFuture().addListener(closed -> {
            cancel();
            loop.load().connectionClosed(counted);
        });
        if (proxied) {
            limitTime();
            new ProxyHeaderReader(this).addTo(channel.pipeline());
        } else {
            secure();
        }
        return true;
    }

    /** The PROXY header has come and says whose the connection is; null when it is the balancer's own. */
    void proxied(@Nullable InetAddress client) {
        loop.proxyHeaders().add(ProxyHeader.TAKEN);
        if (client != null) {
            address = client;
            Admittance admittance = loop.load().addressGiven(client);
            if (admittance == Admittance.DROPPED) {
                channel.close();
                return;
            }
            counted = client;
            shed |= admittance == Admittance.REFUSED;
        }
        secure();
    }

    /** Counts what became of the PROXY header. */
    void proxyHeader(ProxyHeader kind) {
        loop.proxyHeaders().add(kind);
    }

    private void secure() {
        ServerCertificates shown = certificates;
        if (!listener.tls() || shown == null) {
            serve(null);
            return;
        }
        limitTime();
        TlsHandshake begun = new TlsHandshake(
                shown, listener.clientCertificates(), loop.handshakeGate(), loop.handshakes(), this::serve);
        handshake = begun;
        begun.addTo(channel.pipeline());
    }

    private void serve(@Nullable TlsSession session) {
        cancel();
        handshake = null;
        ClientPeer peer = ClientPeer.of(address, loop.edge().trustedProxies(), session);
        ClientProtocols.install(channel, loop, peer, listener.http2(), shed);
    }

    private void limitTime() {
        set(System.nanoTime() + loop.edge().handshakeTimeout().toNanos());
    }

    @Override
    void expired(long nowNanos) {
        TlsHandshake late = handshake;
        if (late == null) {
            loop.proxyHeaders().add(ProxyHeader.TIMEOUT);
            ProxyHeaderReader reader = channel.pipeline().get(ProxyHeaderReader.class);
            if (reader != null) {
                channel.pipeline().remove(reader);
            }
            channel.close();
        } else {
            late.late(channel);
        }
    }
}
