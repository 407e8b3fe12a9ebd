package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.http1.TenantHeaders;
import io.percolate.gateway.proxy.resilience.ResilienceConfig;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * Connections to pods and how long they may take.
 *
 * @param responseTimeout from the end of the request to the head of the answer
 * @param idleTimeout while a pod neither sends nor takes anything
 * @param connectionsMax to one pod from one event loop
 * @param pendingMax requests that may wait for a connection to one pod on one event loop
 * @param pendingTimeout for a connection to be opened or become free
 * @param wires what the pods of each tier speak
 * @param streamsMax requests at once on one connection of HTTP/2, if the pod allows as many
 * @param multiplexedMax connections of HTTP/2 to one pod from one event loop
 * @param pingAfter a pod with requests on a connection of HTTP/2 has been silent for so long
 * @param pingTimeout for the answer, after which the connection is given up
 * @param poolIdleTimeout for a connection in no use; must be shorter than a pod keeps them
 * @param resilience what keeps one pod's trouble from the others
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
        TenantHeaders tenantHeaders,
        Map<Tier, PodWire> wires,
        int streamsMax,
        int multiplexedMax,
        Duration pingAfter,
        Duration pingTimeout,
        PodTlsConfig tls,
        ResilienceConfig resilience) {

    public UpstreamConfig {
        wires = Map.copyOf(wires);
    }

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
                TenantHeaders.read(reader),
                wires(reader),
                reader.count(
                        "GATEWAY_UPSTREAM_H2_STREAMS_MAX",
                        128,
                        1,
                        65_535,
                        "requests at once on one connection of HTTP/2 to a pod, which may allow fewer"),
                reader.count(
                        "GATEWAY_UPSTREAM_H2_CONNECTIONS_MAX",
                        8,
                        1,
                        1_024,
                        "connections of HTTP/2 to one pod from one event loop; one is used while it has room"),
                timeout(
                        reader,
                        "GATEWAY_UPSTREAM_H2_PING_AFTER",
                        10,
                        "a pod with requests on a connection of HTTP/2 has been silent, before it is sent a ping"),
                timeout(
                        reader,
                        "GATEWAY_UPSTREAM_H2_PING_TIMEOUT",
                        5,
                        "waiting for the answer to a ping, before the connection is given up"),
                PodTlsConfig.read(reader),
                ResilienceConfig.read(reader));
    }

    private static Map<Tier, PodWire> wires(ConfigReader reader) {
        Map<Tier, PodWire> wires = new EnumMap<>(Tier.class);
        for (Tier tier : Tier.values()) {
            wires.put(
                    tier,
                    reader.choice(
                            "GATEWAY_UPSTREAM_PROTOCOL_TIER_" + tier.name(),
                            PodWire.class,
                            PodWire.HTTP1,
                            "what pods of tier " + tier.name()
                                    + " speak: HTTP/1.1 or HTTP/2 by prior knowledge in the clear, HTTP/2 by ALPN or"
                                    + " HTTP/1.1 over TLS; gRPC needs HTTP/2"));
        }
        return wires;
    }

    private static Duration timeout(ConfigReader reader, String key, int defaultSeconds, String description) {
        return reader.duration(key, Duration.ofSeconds(defaultSeconds), TIMEOUT_MIN, TIMEOUT_MAX, description);
    }
}
