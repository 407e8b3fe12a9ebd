package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.http1.TenantHeaders;
import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * Connections to pods and how long they may take.
 *
 * @param responseTimeout from the end of the request to the head of the answer
 * @param idleTimeout while a pod neither sends nor takes anything
 * @param connectionsMax to one pod from one event loop
 * @param pendingMax requests that may wait for a connection to one pod on one event loop
 * @param pendingTimeout for a connection to be opened or become free
 * @param poolIdleTimeout for a connection in no use; must be shorter than a pod keeps them
 * @param tenantHeaders what pods are told of the tenant beyond its id, tier and epoch
 */
public record UpstreamConfig(
        Duration connectTimeout,
        Duration responseTimeout,
        Duration idleTimeout,
        int connectionsMax,
        int pendingMax,
        Duration pendingTimeout,
        Duration poolIdleTimeout,
        int headerBytesMax,
        TenantHeaders tenantHeaders) {

    private static final Duration TIMEOUT_MIN = Duration.ofMillis(50);
    private static final Duration TIMEOUT_MAX = Duration.ofHours(1);

    /** Reads the keys {@code GATEWAY_UPSTREAM_*}. */
    public static UpstreamConfig read(ConfigReader reader) {
        return new UpstreamConfig(
                timeout(reader, "GATEWAY_UPSTREAM_CONNECT_TIMEOUT", 1, "connecting to a pod"),
                timeout(
                        reader,
                        "GATEWAY_UPSTREAM_RESPONSE_TIMEOUT",
                        30,
                        "from the end of a request to the head of the pod's answer"),
                timeout(
                        reader,
                        "GATEWAY_UPSTREAM_IDLE_TIMEOUT",
                        300,
                        "while a pod neither sends nor takes anything of a request under way"),
                reader.count(
                        "GATEWAY_UPSTREAM_CONNECTIONS_MAX",
                        256,
                        1,
                        65_535,
                        "connections to one pod from one event loop"),
                reader.count(
                        "GATEWAY_UPSTREAM_PENDING_MAX",
                        1024,
                        0,
                        1_000_000,
                        "requests that wait for a connection to one pod on one event loop"),
                timeout(reader, "GATEWAY_UPSTREAM_PENDING_TIMEOUT", 5, "waiting for a connection to a pod"),
                timeout(
                        reader,
                        "GATEWAY_UPSTREAM_POOL_IDLE_TIMEOUT",
                        30,
                        "connection to a pod kept for the next request; shorter than pods keep theirs"),
                (int) reader.size(
                        "GATEWAY_UPSTREAM_HEADER_BYTES_MAX", 64 << 10, 1 << 10, 1 << 20, "all headers of an answer"),
                TenantHeaders.read(reader));
    }

    private static Duration timeout(ConfigReader reader, String key, int defaultSeconds, String description) {
        return reader.duration(key, Duration.ofSeconds(defaultSeconds), TIMEOUT_MIN, TIMEOUT_MAX, description);
    }
}
