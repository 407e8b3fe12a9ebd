package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.http1.TrustedProxies;
import io.percolate.gateway.proxy.engine.websocket.WebSocketConfig;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.Map;

/**
 * The listener for clients and its limits.
 *
 * @param eventLoops 0 for one per core
 * @param connectionsPerAddressMax of an IPv4 address or the /64 of an IPv6 one; trusted proxies have no such bound
 * @param requestsMax requests under way at once; tier C is shed from 80 % of it on, tier B from 90 %
 * @param headerTimeout for a whole head, from its first byte
 * @param bodyIdleTimeout between parts of a request's body
 * @param writeIdleTimeout while a client takes nothing of its answer
 * @param bodyBytesMax of a request's body, by tier; nothing of it is kept, so this bounds time rather than memory
 */
public record EdgeConfig(
        String host,
        int port,
        int eventLoops,
        int backlog,
        int connectionsMax,
        int connectionsPerAddressMax,
        int requestsMax,
        int headerBytesMax,
        int requestLineBytesMax,
        int headersMax,
        Duration idleTimeout,
        Duration headerTimeout,
        Duration bodyIdleTimeout,
        Duration writeIdleTimeout,
        Map<Tier, Long> bodyBytesMax,
        TrustedProxies trustedProxies,
        boolean forwardAuthorization,
        Http2Config http2,
        WebSocketConfig webSocket) {

    private static final long GIB = 1L << 30;
    private static final Duration TIMEOUT_MIN = Duration.ofMillis(50);
    private static final Duration TIMEOUT_MAX = Duration.ofHours(1);

    public EdgeConfig {
        bodyBytesMax = Map.copyOf(bodyBytesMax);
        for (Tier tier : Tier.values()) {
            if (!bodyBytesMax.containsKey(tier)) {
                throw new IllegalArgumentException("no limit of the body for tier " + tier);
            }
        }
    }

    /** Reads the keys {@code GATEWAY_EDGE_*} and {@code GATEWAY_WEBSOCKET_*}. */
    public static EdgeConfig read(ConfigReader reader) {
        return new EdgeConfig(
                reader.text("GATEWAY_EDGE_HOST", "0.0.0.0", "address that the edge listens on"),
                reader.port("GATEWAY_EDGE_PORT", 8080, "port that the edge listens on; 0 for any free one"),
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
                        "GATEWAY_EDGE_REQUESTS_MAX",
                        20_000,
                        1,
                        10_000_000,
                        "requests under way at once; tier C is shed from 80 % on, B from 90 %"),
                (int) reader.size(
                        "GATEWAY_EDGE_HEADER_BYTES_MAX", 32 << 10, 1 << 10, 1 << 20, "all headers of a request"),
                (int) reader.size(
                        "GATEWAY_EDGE_REQUEST_LINE_BYTES_MAX", 8 << 10, 256, 64 << 10, "request line of a request"),
                reader.count("GATEWAY_EDGE_HEADERS_MAX", 100, 8, 10_000, "headers of a request"),
                timeout(reader, "GATEWAY_EDGE_IDLE_TIMEOUT", 75, "connection kept open between requests"),
                timeout(reader, "GATEWAY_EDGE_HEADER_TIMEOUT", 10, "whole head of a request, from its first byte"),
                timeout(reader, "GATEWAY_EDGE_BODY_IDLE_TIMEOUT", 30, "between parts of a request's body"),
                timeout(reader, "GATEWAY_EDGE_WRITE_IDLE_TIMEOUT", 60, "while a client takes nothing of its answer"),
                Map.of(
                        Tier.A, bodyBytesMax(reader, "GATEWAY_EDGE_BODY_BYTES_MAX_TIER_A", 16 * GIB),
                        Tier.B, bodyBytesMax(reader, "GATEWAY_EDGE_BODY_BYTES_MAX_TIER_B", 8 * GIB),
                        Tier.C, bodyBytesMax(reader, "GATEWAY_EDGE_BODY_BYTES_MAX_TIER_C", 4 * GIB)),
                TrustedProxies.read(
                        reader,
                        "GATEWAY_EDGE_TRUSTED_PROXIES",
                        "addresses or CIDR blocks of proxies whose Forwarded and X-Forwarded-* headers are believed"),
                reader.flag("GATEWAY_EDGE_FORWARD_AUTHORIZATION", true, "whether pods see the Authorization header"),
                Http2Config.read(reader),
                WebSocketConfig.read(reader));
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
