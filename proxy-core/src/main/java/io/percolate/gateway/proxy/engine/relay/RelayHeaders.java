package io.percolate.gateway.proxy.engine.relay;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What of a message's headers is for one connection only (RFC 9110, section 7.6.1). */
final class RelayHeaders {
    private static final List<CharSequence> HOP_BY_HOP = List.of(
            HttpHeaderNames.CONNECTION,
            "keep-alive",
            "proxy-connection",
            "http2-settings",
            HttpHeaderNames.PROXY_AUTHENTICATE,
            HttpHeaderNames.PROXY_AUTHORIZATION,
            HttpHeaderNames.UPGRADE);
    private static final String TRAILERS = "trailers";

    private RelayHeaders() {}

    /** A copy without what is for one connection; framing stays. */
    static HttpHeaders passing(HttpHeaders headers) {
        HttpHeaders passing = DefaultHttpHeadersFactory.headersFactory().newHeaders();
        passing.set(headers);
        boolean wantsTrailers = headers.containsValue(HttpHeaderNames.TE, TRAILERS, true);
        for (String value : headers.getAll(HttpHeaderNames.CONNECTION)) {
            for (String named : value.split(",", -1)) {
                if (!named.isBlank() && !isFraming(named.strip())) {
                    passing.remove(named.strip());
                }
            }
        }
        HOP_BY_HOP.forEach(passing::remove);
        passing.remove(HttpHeaderNames.TE);
        if (wantsTrailers) {
            passing.set(HttpHeaderNames.TE, TRAILERS);
        }
        return passing;
    }

    /**
     * The protocol that a request asks to change to; null where it asks for none, or for one that a relay must not let
     * through: another HTTP would carry requests past the gate.
     */
    static @Nullable String upgrade(HttpRequest request) {
        String protocol = request.headers().get(HttpHeaderNames.UPGRADE);
        if (protocol == null
                || !request.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                || request.headers().getAll(HttpHeaderNames.UPGRADE).size() > 1) {
            return null;
        }
        String lower = protocol.strip().toLowerCase(Locale.ROOT);
        return lower.isEmpty()
                        || lower.indexOf(',') >= 0
                        || lower.startsWith("h2")
                        || lower.startsWith("http")
                        || lower.startsWith("tls")
                ? null
                : protocol.strip();
    }

    /** Names whose loss would change where the message ends, whoever names them. */
    private static boolean isFraming(String name) {
        return name.equalsIgnoreCase("content-length")
                || name.equalsIgnoreCase("transfer-encoding")
                || name.equalsIgnoreCase("host")
                || name.equalsIgnoreCase("x-tenant-id")
                || name.equalsIgnoreCase("x-placement-epoch");
    }
}
