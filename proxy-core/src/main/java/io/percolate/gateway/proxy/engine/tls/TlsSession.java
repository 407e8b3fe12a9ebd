package io.percolate.gateway.proxy.engine.tls;

import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * What a handshake has settled.
 *
 * @param host what the client named as its host; null when it named none
 * @param names what the certificate is valid for that it was shown
 * @param clientCertificate its own, verified, as a Client-Cert field has it (RFC 9440); null when it showed none
 * @param applicationProtocol agreed on by ALPN; null when the client asked for none that there is
 */
public record TlsSession(
        @Nullable String host,
        ServerNames names,
        @Nullable AsciiString clientCertificate,
        @Nullable String applicationProtocol) {

    /**
     * Whether a request for this authority may come on the connection (RFC 9110, sections 7.4 and 15.5.20): one from a
     * client that names hosts must be for one that the certificate is valid for.
     */
    public boolean serves(String authority) {
        return host == null || authority.isEmpty() || names.cover(authority);
    }
}
