package io.percolate.gateway.admin.main;

import io.percolate.gateway.admin.auth.AdminTokens;
import io.percolate.gateway.admin.http.HttpConfig;
import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * The management API.
 *
 * @param flushWait how long gateways have to confirm a flush before the answer names who has not
 * @param wakeTimeout how long a caller waits for a wake
 * @param stopGrace how long requests under way may go on when the process is told to stop
 */
public record AdminConfig(
        HttpConfig http,
        AdminTokens tokens,
        Duration flushWait,
        Duration wakeTimeout,
        int eventStreamsMax,
        Duration eventHeartbeat,
        Duration stopGrace) {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    public static AdminConfig read(ConfigReader reader) {
        HttpConfig http = new HttpConfig(
                reader.text("GATEWAY_ADMIN_HOST", "0.0.0.0", "address that the management API binds"),
                reader.port("GATEWAY_ADMIN_PORT", 8090, "port of the management API, its health checks and metrics"),
                (int) reader.size(
                        "GATEWAY_ADMIN_BODY_BYTES_MAX", 64 << 10, 1 << 10, 16 << 20, "longer bodies are refused (413)"),
                (int) reader.size(
                        "GATEWAY_ADMIN_HEADER_BYTES_MAX",
                        16 << 10,
                        1 << 10,
                        256 << 10,
                        "longer header fields are refused (431)"),
                (int) reader.size(
                        "GATEWAY_ADMIN_TARGET_BYTES_MAX",
                        8 << 10,
                        256,
                        64 << 10,
                        "longer request lines are refused (414)"),
                reader.count("GATEWAY_ADMIN_CONNECTIONS_MAX", 1_000, 1, 100_000, "connections at the same time"),
                reader.duration(
                        "GATEWAY_ADMIN_REQUEST_TIMEOUT",
                        Duration.ofSeconds(10),
                        Duration.ofMillis(100),
                        MINUTE,
                        "a request without an answer by then fails (503)"),
                reader.duration(
                        "GATEWAY_ADMIN_IDLE_TIMEOUT",
                        MINUTE,
                        Duration.ofSeconds(1),
                        Duration.ofHours(1),
                        "a connection without a request for this long is closed"));
        AdminTokens tokens = AdminTokens.read(reader);
        return new AdminConfig(
                http,
                tokens,
                reader.duration(
                        "GATEWAY_ADMIN_FLUSH_WAIT",
                        Duration.ofSeconds(2),
                        Duration.ofMillis(50),
                        Duration.ofSeconds(30),
                        "how long gateways have to confirm a flush before the answer names who has not (202)"),
                reader.duration(
                        "GATEWAY_ADMIN_WAKE_TIMEOUT",
                        MINUTE,
                        Duration.ofMillis(100),
                        Duration.ofHours(1),
                        "how long a caller of /wake waits for the tenant"),
                reader.count("GATEWAY_ADMIN_EVENT_STREAMS_MAX", 64, 1, 10_000, "event streams at the same time"),
                reader.duration(
                        "GATEWAY_ADMIN_EVENT_HEARTBEAT",
                        Duration.ofSeconds(15),
                        Duration.ofMillis(50),
                        Duration.ofMinutes(10),
                        "how often an event stream on which nothing happens shows that it is alive"),
                reader.duration(
                        "GATEWAY_ADMIN_STOP_GRACE",
                        Duration.ofSeconds(10),
                        Duration.ZERO,
                        Duration.ofMinutes(10),
                        "how long requests under way may go on when the process is told to stop"));
    }
}
