package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.http1.TrustedProxies;
import io.percolate.gateway.proxy.engine.tls.ClientCertificates;
import io.percolate.gateway.proxy.engine.tls.TlsConfig;
import io.percolate.gateway.proxy.engine.websocket.WebSocketConfig;
import io.percolate.gateway.proxy.overload.OverloadConfig;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The listeners for clients and their limits.
 *
 * @param proxyProtocolFrom addresses that may send a PROXY header
 * @param handshakeTimeout for a PROXY header and a TLS handshake together
 * @param bodyRateMin bytes a second that a request's body must come at, until it is answered; 0 for none
 * @param answerRateMin bytes a second that a client must take an answer at, while some of it waits; 0 for none
 * @param rateGrace over how long a rate is taken, of the time that the client is waited for
 * @param forwarded whether pods see Forwarded (RFC 7239) beside X-Forwarded-* of every request
 * @param eventLoops 0 for one per core
 * @param connectionsPerAddressMax of an IPv4 address or the /64 of an IPv6 one; trusted proxies have no such bound
 * @param connectionsPerAddressRate new ones a second of the same; 0 for any
 * @param requestsMax requests under way at once; tier C waits from 80 % of it on, tier B from 90 %
 * @param headerTimeout for a whole head, from its first byte
 * @param bodyIdleTimeout between parts of a request's body
 * @param writeIdleTimeout while a client takes nothing of its answer
 * @param bodyBytesMax of a request's body, by tier; nothing of it is kept, so this bounds time rather than memory
 */
public record EdgeConfig(
        List<ListenerConfig> listeners,
        TlsConfig tls,
        TrustedProxies proxyProtocolFrom,
        int eventLoops,
        int backlog,
        int connectionsMax,
        int connectionsPerAddressMax,
        int connectionsPerAddressRate,
        int requestsMax,
        int headerBytesMax,
        int requestLineBytesMax,
        int headersMax,
        Duration idleTimeout,
        Duration headerTimeout,
        Duration bodyIdleTimeout,
        Duration writeIdleTimeout,
        Duration handshakeTimeout,
        long bodyRateMin,
        long answerRateMin,
        Duration rateGrace,
        Map<Tier, Long> bodyBytesMax,
        TrustedProxies trustedProxies,
        boolean forwarded,
        boolean forwardAuthorization,
        WebSocketConfig webSocket,
        Http2Config http2,
        OverloadConfig overload) {

    private static final long GIB = 1L << 30;
    private static final long RATE_MIN = 100;
    private static final Duration TIMEOUT_MIN = Duration.ofMillis(50);
    private static final Duration TIMEOUT_MAX = Duration.ofHours(1);

    public EdgeConfig {
        listeners = List.copyOf(listeners);
        bodyBytesMax = Map.copyOf(bodyBytesMax);
        for (Tier tier : Tier.values()) {
            if (!bodyBytesMax.containsKey(tier)) {
                throw new IllegalArgumentException("no limit of the body for tier " + tier);
            }
        }
    }

    /** Reads the keys {@code GATEWAY_EDGE_*}, {@code GATEWAY_WEBSOCKET_*}, {@code GATEWAY_OVERLOAD_*} and {@code GATEWAY_QUEUE_*}. */
    public static EdgeConfig read(ConfigReader reader) {
        TlsConfig tls = TlsConfig.read(reader);
        List<ListenerConfig> listeners = ListenerConfig.read(reader, tls);
        return new EdgeConfig(
                listeners,
                tls,
                proxyProtocolFrom(reader, listeners, tls),
                reader.count("GATEWAY_EDGE_EVENT_LOOPS", 0, 0, 1024, "event loops; 0 for one per core"),
                reader.count("GATEWAY_EDGE_BACKLOG", 4096, 1, 65_535, "connections that may wait to be accepted"),
                reader.count(
                        "GATEWAY_EDGE_CONNECTIONS_MAX",
                        20_000,
                        1,
                        10_000_000,
                        "connections of clients; those beyond are answered 503"),
                reader.count(
                        "GATEWAY_EDGE_CONNECTIONS_PER_ADDRESS_MAX",
                        10_000,
                        1,
                        10_000_000,
                        "connections from one IPv4 address or one IPv6 /64, trusted proxies excepted; as above"),
                reader.count(
                        "GATEWAY_EDGE_CONNECTIONS_PER_ADDRESS_RATE",
                        0,
                        0,
                        1_000_000,
                        "new connections a second from one of these, twice as many at once; those beyond are closed"
                                + " unanswered; 0 for any"),
                reader.count(
                        "GATEWAY_EDGE_REQUESTS_MAX",
                        20_000,
                        1,
                        10_000_000,
                        "requests under way at once, those that wait for room aside; tier C waits from 80 % on, B from 90 %"),
                (int) reader.size(
                        "GATEWAY_EDGE_HEADER_BYTES_MAX", 32 << 10, 1 << 10, 1 << 20, "all headers of a request"),
                (int) reader.size(
                        "GATEWAY_EDGE_REQUEST_LINE_BYTES_MAX", 8 << 10, 256, 64 << 10, "request line of a request"),
                reader.count("GATEWAY_EDGE_HEADERS_MAX", 100, 8, 10_000, "headers of a request"),
                timeout(reader, "GATEWAY_EDGE_IDLE_TIMEOUT", 75, "connection kept open between requests"),
                timeout(reader, "GATEWAY_EDGE_HEADER_TIMEOUT", 10, "whole head of a request, from its first byte"),
                timeout(reader, "GATEWAY_EDGE_BODY_IDLE_TIMEOUT", 30, "between parts of a request's body"),
                timeout(reader, "GATEWAY_EDGE_WRITE_IDLE_TIMEOUT", 60, "while a client takes nothing of its answer"),
                timeout(reader, "GATEWAY_EDGE_HANDSHAKE_TIMEOUT", 10, "PROXY header and TLS handshake of a connection"),
                reader.size(
                        "GATEWAY_EDGE_BODY_RATE_MIN",
                        RATE_MIN,
                        0,
                        GIB,
                        "bytes a second that a request's body must come at until it is answered; 0 for any"),
                reader.size(
                        "GATEWAY_EDGE_ANSWER_RATE_MIN",
                        RATE_MIN,
                        0,
                        GIB,
                        "bytes a second that a client must take of an answer while some of it waits; 0 for any"),
                timeout(
                        reader,
                        "GATEWAY_EDGE_RATE_GRACE",
                        10,
                        "time waited for a client over which its rates are taken"),
                Map.of(
                        Tier.A, bodyBytesMax(reader, "GATEWAY_EDGE_BODY_BYTES_MAX_TIER_A", 16 * GIB),
                        Tier.B, bodyBytesMax(reader, "GATEWAY_EDGE_BODY_BYTES_MAX_TIER_B", 8 * GIB),
                        Tier.C, bodyBytesMax(reader, "GATEWAY_EDGE_BODY_BYTES_MAX_TIER_C", 4 * GIB)),
                TrustedProxies.read(
                        reader,
                        "GATEWAY_EDGE_TRUSTED_PROXIES",
                        "addresses or CIDR blocks of proxies whose Forwarded and X-Forwarded-* headers are believed"),
                reader.flag(
                        "GATEWAY_EDGE_FORWARDED",
                        false,
                        "whether pods see Forwarded (RFC 7239) of every request, not only where a trusted proxy began it"),
                reader.flag("GATEWAY_EDGE_FORWARD_AUTHORIZATION", true, "whether pods see the Authorization header"),
                WebSocketConfig.read(reader),
                Http2Config.read(reader),
                OverloadConfig.read(reader));
    }

    private static TrustedProxies proxyProtocolFrom(
            ConfigReader reader, List<ListenerConfig> listeners, TlsConfig tls) {
        String key = "GATEWAY_EDGE_PROXY_PROTOCOL_FROM";
        TrustedProxies from = TrustedProxies.read(
                reader, key, "addresses or CIDR blocks of load balancers whose PROXY headers are believed");
        if (from == TrustedProxies.NONE
                && listeners.stream().anyMatch(each -> each.proxyProtocol() != ProxyProtocol.OFF)) {
            reader.problem(key + " is required where a listener takes PROXY headers");
        }
        boolean certificates =
                listeners.stream().anyMatch(each -> each.clientCertificates() != ClientCertificates.NONE);
        if (certificates && tls.clientAuthorities().isEmpty()) {
            reader.problem("GATEWAY_EDGE_TLS_CLIENT_CA_FILE is required where a listener takes client certificates");
        }
        return from;
    }

    /** The loops to run: as configured, else one per core. */
    int eventLoopsOrCores() {
        return eventLoops == 0 ? Runtime.getRuntime().availableProcessors() : eventLoops;
    }

    private static Duration timeout(ConfigReader reader, String key, int defaultSeconds, String description) {
        return reader.duration(key, Duration.ofSeconds(defaultSeconds), TIMEOUT_MIN, TIMEOUT_MAX, description);
    }

    private static long bodyBytesMax(ConfigReader reader, String key, long defaultBytes) {
        return reader.size(key, defaultBytes, 0, 1024 * GIB, "body of a request of this tier");
    }
}
