package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.tls.ClientCertificates;
import io.percolate.gateway.proxy.engine.tls.TlsConfig;
import io.percolate.gateway.routing.config.ConfigReader;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One address that the edge listens on, and what is spoken there.
 *
 * @param clientCertificates {@code NONE} where there is no TLS
 * @param http2 in the clear; {@code OFF} where there is TLS, whose handshake settles the version by ALPN
 */
public record ListenerConfig(
        String host,
        int port,
        boolean tls,
        ProxyProtocol proxyProtocol,
        ClientCertificates clientCertificates,
        CleartextHttp2 http2) {
    private static final String KEY = "GATEWAY_EDGE_LISTENERS";
    private static final int LISTENERS_MAX = 64;

    /** Reads the listeners: those of the list, or else one in the clear and, where there is a certificate, one for TLS. */
    static List<ListenerConfig> read(ConfigReader reader, TlsConfig tls) {
        String host = reader.text("GATEWAY_EDGE_HOST", "0.0.0.0", "address that the edge listens on");
        int port = reader.port("GATEWAY_EDGE_PORT", 8080, "port that the edge listens on; 0 for any free one");
        int tlsPort = reader.port(
                "GATEWAY_EDGE_TLS_PORT",
                8443,
                "port for TLS, where GATEWAY_EDGE_TLS_CERTIFICATES are given; 0 for any free one");
        ProxyProtocol proxyProtocol = reader.choice(
                "GATEWAY_EDGE_PROXY_PROTOCOL",
                ProxyProtocol.class,
                ProxyProtocol.OFF,
                "whether connections begin with a PROXY header (v1 or v2): off, all, or those of who may send one");
        CleartextHttp2 http2 = reader.choice(
                "GATEWAY_EDGE_HTTP2_CLEARTEXT",
                CleartextHttp2.class,
                CleartextHttp2.OFFERED,
                "whether clients speak HTTP/2 without TLS, by prior knowledge: none, those that want to, all");
        List<String> texts = reader.list(
                KEY,
                List.of(),
                "listeners in place of those of host and ports, each http://HOST:PORT or https://HOST:PORT, with"
                        + " ?proxy-protocol=off|required|trusted, &client-certificates=none|optional|required and, for"
                        + " http only, &http2=off|offered|required where they differ");
        if (texts.isEmpty()) {
            List<ListenerConfig> listeners = new ArrayList<>();
            listeners.add(new ListenerConfig(host, port, false, proxyProtocol, ClientCertificates.NONE, http2));
            if (tls.isConfigured()) {
                listeners.add(new ListenerConfig(
                        host, tlsPort, true, proxyProtocol, tls.clientCertificates(), CleartextHttp2.OFF));
            }
            return List.copyOf(listeners);
        }
        List<ListenerConfig> listeners = new ArrayList<>();
        Set<String> places = new HashSet<>();
        for (String text : texts) {
            try {
                ListenerConfig listener = parse(text, proxyProtocol, tls.clientCertificates(), http2);
                if (listener.tls && !tls.isConfigured()) {
                    throw new IllegalArgumentException("needs GATEWAY_EDGE_TLS_CERTIFICATES");
                }
                if (listener.port != 0 && !places.add(listener.host + ":" + listener.port)) {
                    throw new IllegalArgumentException("listens where another does");
                }
                listeners.add(listener);
            } catch (IllegalArgumentException refused) {
                reader.problem(KEY + ": '" + text + "' " + refused.getMessage());
            }
        }
        if (texts.size() > LISTENERS_MAX) {
            reader.problem(KEY + ": expected at most " + LISTENERS_MAX + " listeners, got " + texts.size());
        }
        return List.copyOf(listeners);
    }

    private static ListenerConfig parse(
            String text,
            ProxyProtocol proxyProtocol,
            ClientCertificates clientCertificates,
            CleartextHttp2 cleartextHttp2) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException invalid) {
            throw new IllegalArgumentException("is not a URL", invalid);
        }
        boolean tls = "https".equals(uri.getScheme());
        if (!(tls || "http".equals(uri.getScheme()))
                || uri.getHost() == null
                || uri.getUserInfo() != null
                || uri.getFragment() != null
                || !"".equals(uri.getPath())) {
            throw new IllegalArgumentException("is not of the form http://HOST:PORT or https://HOST:PORT");
        }
        if (uri.getPort() < 0 || uri.getPort() > 65_535) {
            throw new IllegalArgumentException("has no port from 0 to 65535");
        }
        ProxyProtocol proxy = proxyProtocol;
        ClientCertificates certificates = tls ? clientCertificates : ClientCertificates.NONE;
        CleartextHttp2 http2 = tls ? CleartextHttp2.OFF : cleartextHttp2;
        Set<String> given = new HashSet<>();
        if (uri.getQuery() != null) {
            for (String option : uri.getQuery().split("&", -1)) {
                int equals = option.indexOf('=');
                String name = equals < 0 ? option : option.substring(0, equals);
                String value = equals < 0 ? "" : option.substring(equals + 1);
                if (!given.add(name)) {
                    throw new IllegalArgumentException("gives " + name + " twice");
                }
                switch (name) {
                    case "proxy-protocol" -> proxy = choice(ProxyProtocol.class, name, value);
                    case "client-certificates" -> certificates = choice(ClientCertificates.class, name, value);
                    case "http2" -> http2 = choice(CleartextHttp2.class, name, value);
                    default ->
                        throw new IllegalArgumentException("has the option '" + name
                                + "'; there are proxy-protocol, client-certificates and http2");
                }
            }
        }
        if (!tls && certificates != ClientCertificates.NONE) {
            throw new IllegalArgumentException("asks for client certificates, which only https can have");
        }
        if (tls && given.contains("http2")) {
            throw new IllegalArgumentException("says http2, which only http can: over TLS it is settled by ALPN");
        }
        String host = uri.getHost();
        return new ListenerConfig(
                host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                uri.getPort(),
                tls,
                proxy,
                certificates,
                http2);
    }

    private static <E extends Enum<E>> E choice(Class<E> type, String name, String value) {
        for (E constant : type.getEnumConstants()) {
            if (constant.name().toLowerCase(Locale.ROOT).equals(value)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("has " + name + "=" + value + ", expected one of "
                + Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT));
    }

    /** As a URL, with the port that was asked for. */
    @Override
    public String toString() {
        return (tls ? "https://" : "http://") + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
