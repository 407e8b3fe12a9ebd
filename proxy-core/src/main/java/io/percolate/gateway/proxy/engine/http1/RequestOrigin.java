package io.percolate.gateway.proxy.engine.http1;

import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * Who sent a request, and how it came, as pods are told.
 *
 * @param address of the client, or of the proxy in front that speaks for it
 * @param trusted whether the word of whoever has that address about the client is believed
 * @param secured whether it came by TLS
 * @param clientCertificate the client's own, verified, as a Client-Cert field has it (RFC 9440); null when there is none
 */
public record RequestOrigin(
        String address,
        boolean trusted,
        boolean secured,
        @Nullable AsciiString clientCertificate) {

    public String scheme() {
        return secured ? "https" : "http";
    }

    /** The port that the client asked for: what it said, else that of the scheme; where it connected may be mapped. */
    String port(String authority) {
        int colon = authority.lastIndexOf(':');
        boolean told = colon >= 0 && colon > authority.lastIndexOf(']') && colon + 1 < authority.length();
        if (told) {
            return authority.substring(colon + 1);
        }
        return secured ? "443" : "80";
    }
}
