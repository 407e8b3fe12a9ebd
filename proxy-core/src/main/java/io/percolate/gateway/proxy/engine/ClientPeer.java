package io.percolate.gateway.proxy.engine;

import io.netty.handler.ssl.ApplicationProtocolNames;
import io.percolate.gateway.proxy.engine.http1.RequestOrigin;
import io.percolate.gateway.proxy.engine.http1.TrustedProxies;
import io.percolate.gateway.proxy.engine.tls.TlsSession;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** Who is at the other end of a client's connection, and what its handshake has settled where it has TLS. */
record ClientPeer(RequestOrigin origin, @Nullable TlsSession session) {
    static ClientPeer of(@Nullable InetAddress address, TrustedProxies trusted, @Nullable TlsSession session) {
        return new ClientPeer(
                new RequestOrigin(
                        address == null ? "unknown" : address.getHostAddress(),
                        address != null && trusted.contains(address),
                        session != null,
                        session == null ? null : session.clientCertificate()),
                session);
    }

    /** Whether HTTP/2 was agreed on by ALPN. */
    boolean speaksHttp2() {
        return session != null && ApplicationProtocolNames.HTTP_2.equals(session.applicationProtocol());
    }

    boolean isSecured() {
        return session != null;
    }

    /** Whether requests for this authority may come from it. */
    boolean isAskedFor(String authority) {
        return session == null || session.serves(authority);
    }
}
