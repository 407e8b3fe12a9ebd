package io.percolate.gateway.proxy.engine;

import io.netty.pkitesting.X509Bundle;
import io.percolate.gateway.proxy.engine.tls.Certificates;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** Real clients of TLS, the JDK's, that trust the tests' authority. */
final class TlsClients {
    private static final int TIMEOUT_MILLIS = 10_000;

    private TlsClients() {}

    /** @param identity what they show of themselves; null for nothing */
    static SSLContext context(@Nullable X509Bundle identity) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        KeyManager[] keys =
                identity == null ? null : identity.toKeyManagerFactory().getKeyManagers();
        context.init(keys, new TrustManager[] {Certificates.authority().toTrustManager()}, null);
        return context;
    }

    /** Connects, with the handshake done; {@code host} is what it names as its host, null for nothing. */
    static SSLSocket connect(SSLContext context, InetSocketAddress edge, @Nullable String host, String... protocols)
            throws Exception {
        SSLSocket socket = unshaken(context, edge, host, protocols);
        socket.startHandshake();
        return socket;
    }

    static SSLSocket unshaken(SSLContext context, InetSocketAddress edge, @Nullable String host, String... protocols)
            throws Exception {
        Socket plain = new Socket();
        plain.connect(edge, TIMEOUT_MILLIS);
        plain.setSoTimeout(TIMEOUT_MILLIS);
        return over(plain, context, host, protocols);
    }

    /** Secures a connection on which something else has been said before. */
    static SSLSocket over(Socket plain, SSLContext context, @Nullable String host, String... protocols)
            throws Exception {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "127.0.0.1", 1, true);
        SSLParameters parameters = socket.getSSLParameters();
        List<SNIServerName> names = host == null ? List.of() : List.of(new SNIHostName(host));
        parameters.setServerNames(names);
        if (protocols.length > 0) {
            parameters.setProtocols(protocols);
        }
        parameters.setApplicationProtocols(new String[] {"http/1.1"});
        socket.setSSLParameters(parameters);
        return socket;
    }
}
