package io.percolate.gateway.proxy.engine.websocket;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * WebSockets: who may open them, how many, and how long they last.
 *
 * @param tenantMax of one tenant, unless its plan says otherwise
 * @param frameBytesMax of a frame's payload, as it is on the wire
 * @param messageBytesMax of the frames of one message together
 * @param idleTimeout while neither side sends a frame
 * @param pingInterval zero for no pings of the gateway's own
 * @param lifetimeMax zero for no such bound
 * @param closeTimeout for both sides to have said Close, from the first one on
 * @param drainPercent part of the drain's time over which their closing is spread
 * @param origins lower case; of pages that may open one; empty when all may
 * @param tokenProtocol name of the subprotocol behind which a token may stand; empty when it may not
 * @param tokenParameter of the query that may hold a token; empty when it may not
 */
public record WebSocketConfig(
        int connectionsMax,
        int tenantMax,
        long frameBytesMax,
        long messageBytesMax,
        Duration idleTimeout,
        Duration pingInterval,
        Duration lifetimeMax,
        Duration closeTimeout,
        int drainPercent,
        Set<String> origins,
        String tokenProtocol,
        String tokenParameter) {

    private static final Duration TIMEOUT_MIN = Duration.ofMillis(50);

    public WebSocketConfig {
        origins = Set.copyOf(origins);
    }

    /** Reads the keys {@code GATEWAY_WEBSOCKET_*}. */
    public static WebSocketConfig read(ConfigReader reader) {
        return new WebSocketConfig(
                reader.count(
                        "GATEWAY_WEBSOCKET_CONNECTIONS_MAX",
                        10_000,
                        0,
                        10_000_000,
                        "WebSockets at once; those beyond are answered 503"),
                reader.count(
                        "GATEWAY_WEBSOCKET_TENANT_MAX",
                        1_000,
                        0,
                        10_000_000,
                        "WebSockets of one tenant at once, unless its plan says otherwise; those beyond are answered 429"),
                reader.size(
                        "GATEWAY_WEBSOCKET_FRAME_BYTES_MAX",
                        16 << 20,
                        125,
                        1L << 40,
                        "payload of a frame as it is on the wire; larger ones close with 1009"),
                reader.size(
                        "GATEWAY_WEBSOCKET_MESSAGE_BYTES_MAX",
                        64 << 20,
                        125,
                        1L << 40,
                        "all frames of a message together; larger ones close with 1009"),
                reader.duration(
                        "GATEWAY_WEBSOCKET_IDLE_TIMEOUT",
                        Duration.ofMinutes(5),
                        TIMEOUT_MIN,
                        Duration.ofDays(7),
                        "while neither side of a WebSocket sends a frame"),
                reader.duration(
                        "GATEWAY_WEBSOCKET_PING_INTERVAL",
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofHours(1),
                        "between pings of the gateway's own to both sides; who is silent through one is dead; 0s for none"),
                reader.duration(
                        "GATEWAY_WEBSOCKET_LIFETIME_MAX",
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofDays(30),
                        "how long a WebSocket may be open; 0s for any time"),
                reader.duration(
                        "GATEWAY_WEBSOCKET_CLOSE_TIMEOUT",
                        Duration.ofSeconds(5),
                        TIMEOUT_MIN,
                        Duration.ofMinutes(1),
                        "closing handshake of a WebSocket, from the first Close on"),
                reader.count(
                        "GATEWAY_WEBSOCKET_DRAIN_PERCENT",
                        50,
                        0,
                        100,
                        "part of GATEWAY_EDGE_DRAIN_TIMEOUT over which WebSockets are closed, at random"),
                origins(reader.list(
                        "GATEWAY_WEBSOCKET_ORIGINS",
                        List.of(),
                        "origins, as https://app.example, whose pages may open WebSockets; none for all")),
                reader.text(
                        "GATEWAY_WEBSOCKET_TOKEN_PROTOCOL",
                        "bearer",
                        "a token may follow this name in Sec-WebSocket-Protocol, since browsers cannot set Authorization;"
                                + " off for never"),
                reader.text(
                        "GATEWAY_WEBSOCKET_TOKEN_PARAMETER",
                        "off",
                        "parameter of a WebSocket's query that may hold its token; off for none"));
    }

    /** How a token may come is told by name, and by this word that it may not. */
    static final String OFF = "off";

    private static Set<String> origins(List<String> named) {
        return named.stream().map(origin -> origin.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
    }
}
