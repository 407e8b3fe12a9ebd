package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.proxy.cold.ColdConfig;
import io.percolate.gateway.proxy.cold.ColdStartRules;
import io.percolate.gateway.proxy.engine.http1.TenantHeaders;
import io.percolate.gateway.proxy.engine.http1.TrustedProxies;
import io.percolate.gateway.proxy.engine.websocket.WebSocketConfig;
import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.Tier;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Defaults and keys of the edge, its upstream and cold starts. */
class EngineConfigTest {
    private static final long GIB = 1L << 30;

    @Test
    void defaultsAreTheDocumentedOnes() {
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of()));
        assertThat(EdgeConfig.read(reader))
                .isEqualTo(new EdgeConfig(
                        "0.0.0.0",
                        8080,
                        0,
                        4096,
                        20_000,
                        10_000,
                        20_000,
                        32 << 10,
                        8 << 10,
                        100,
                        Duration.ofSeconds(75),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(60),
                        Map.of(Tier.A, 16 * GIB, Tier.B, 8 * GIB, Tier.C, 4 * GIB),
                        TrustedProxies.NONE,
                        true,
                        new Http2Config(true, 100, 64 << 10, 200, 200, 2_000),
                        new WebSocketConfig(
                                10_000,
                                1_000,
                                16 << 20,
                                64 << 20,
                                Duration.ofMinutes(5),
                                Duration.ZERO,
                                Duration.ZERO,
                                Duration.ofSeconds(5),
                                50,
                                Set.of(),
                                "bearer",
                                "off")));
        assertThat(UpstreamConfig.read(reader))
                .isEqualTo(new UpstreamConfig(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(300),
                        256,
                        1024,
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(30),
                        64 << 10,
                        TenantHeaders.NONE));
        assertThat(ColdConfig.read(reader))
                .isEqualTo(new ColdConfig(
                        ColdStartRules.DEFAULT, Duration.ofSeconds(30), 256, 10_000, 64, Duration.ofSeconds(5)));
        reader.finish();
    }

    @Test
    void everyKeyIsMapped() throws Exception {
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.ofEntries(
                Map.entry("GATEWAY_EDGE_HOST", "127.0.0.1"),
                Map.entry("GATEWAY_EDGE_PORT", "1"),
                Map.entry("GATEWAY_EDGE_EVENT_LOOPS", "2"),
                Map.entry("GATEWAY_EDGE_BACKLOG", "3"),
                Map.entry("GATEWAY_EDGE_CONNECTIONS_MAX", "4"),
                Map.entry("GATEWAY_EDGE_CONNECTIONS_PER_ADDRESS_MAX", "30"),
                Map.entry("GATEWAY_EDGE_REQUESTS_MAX", "5"),
                Map.entry("GATEWAY_EDGE_HEADER_BYTES_MAX", "6KiB"),
                Map.entry("GATEWAY_EDGE_REQUEST_LINE_BYTES_MAX", "7KiB"),
                Map.entry("GATEWAY_EDGE_HEADERS_MAX", "8"),
                Map.entry("GATEWAY_EDGE_IDLE_TIMEOUT", "9s"),
                Map.entry("GATEWAY_EDGE_HEADER_TIMEOUT", "10s"),
                Map.entry("GATEWAY_EDGE_BODY_IDLE_TIMEOUT", "11s"),
                Map.entry("GATEWAY_EDGE_WRITE_IDLE_TIMEOUT", "12s"),
                Map.entry("GATEWAY_EDGE_BODY_BYTES_MAX_TIER_A", "13"),
                Map.entry("GATEWAY_EDGE_BODY_BYTES_MAX_TIER_B", "14"),
                Map.entry("GATEWAY_EDGE_BODY_BYTES_MAX_TIER_C", "15"),
                Map.entry("GATEWAY_EDGE_TRUSTED_PROXIES", "10.1.0.0/9, 192.0.2.7, 2001:db8::/32"),
                Map.entry("GATEWAY_EDGE_FORWARD_AUTHORIZATION", "false"),
                Map.entry("GATEWAY_EDGE_HTTP2_CLEARTEXT", "false"),
                Map.entry("GATEWAY_EDGE_HTTP2_STREAMS_MAX", "31"),
                Map.entry("GATEWAY_EDGE_HTTP2_STREAM_WINDOW_BYTES", "32KiB"),
                Map.entry("GATEWAY_EDGE_HTTP2_RESETS_MAX", "33"),
                Map.entry("GATEWAY_EDGE_HTTP2_PROVOKED_RESETS_MAX", "34"),
                Map.entry("GATEWAY_EDGE_HTTP2_CONTROL_FRAMES_MAX", "350"),
                Map.entry("GATEWAY_WEBSOCKET_CONNECTIONS_MAX", "31"),
                Map.entry("GATEWAY_WEBSOCKET_TENANT_MAX", "32"),
                Map.entry("GATEWAY_WEBSOCKET_FRAME_BYTES_MAX", "33KiB"),
                Map.entry("GATEWAY_WEBSOCKET_MESSAGE_BYTES_MAX", "34KiB"),
                Map.entry("GATEWAY_WEBSOCKET_IDLE_TIMEOUT", "35s"),
                Map.entry("GATEWAY_WEBSOCKET_PING_INTERVAL", "36s"),
                Map.entry("GATEWAY_WEBSOCKET_LIFETIME_MAX", "37s"),
                Map.entry("GATEWAY_WEBSOCKET_CLOSE_TIMEOUT", "38s"),
                Map.entry("GATEWAY_WEBSOCKET_DRAIN_PERCENT", "39"),
                Map.entry("GATEWAY_WEBSOCKET_ORIGINS", "https://App.example,https://b.example"),
                Map.entry("GATEWAY_WEBSOCKET_TOKEN_PROTOCOL", "jwt"),
                Map.entry("GATEWAY_WEBSOCKET_TOKEN_PARAMETER", "token"),
                Map.entry("GATEWAY_UPSTREAM_CONNECT_TIMEOUT", "16s"),
                Map.entry("GATEWAY_UPSTREAM_RESPONSE_TIMEOUT", "17s"),
                Map.entry("GATEWAY_UPSTREAM_IDLE_TIMEOUT", "18s"),
                Map.entry("GATEWAY_UPSTREAM_CONNECTIONS_MAX", "19"),
                Map.entry("GATEWAY_UPSTREAM_PENDING_MAX", "20"),
                Map.entry("GATEWAY_UPSTREAM_PENDING_TIMEOUT", "21s"),
                Map.entry("GATEWAY_UPSTREAM_POOL_IDLE_TIMEOUT", "22s"),
                Map.entry("GATEWAY_UPSTREAM_HEADER_BYTES_MAX", "23KiB"),
                Map.entry("GATEWAY_TENANT_HEADERS", "X-Tenant-Schema=schema"),
                Map.entry("GATEWAY_COLD_RULES", "GET /** -> reject"),
                Map.entry("GATEWAY_COLD_HOLD_LIMIT", "24s"),
                Map.entry("GATEWAY_COLD_HELD_PER_TENANT_MAX", "25"),
                Map.entry("GATEWAY_COLD_HELD_MAX", "26"),
                Map.entry("GATEWAY_COLD_RELEASE_CONCURRENCY", "27"),
                Map.entry("GATEWAY_COLD_CONTEXT_TIMEOUT", "28s"))));
        EdgeConfig edge = EdgeConfig.read(reader);
        assertThat(edge)
                .isEqualTo(new EdgeConfig(
                        "127.0.0.1",
                        1,
                        2,
                        3,
                        4,
                        30,
                        5,
                        6 << 10,
                        7 << 10,
                        8,
                        Duration.ofSeconds(9),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(11),
                        Duration.ofSeconds(12),
                        Map.of(Tier.A, 13L, Tier.B, 14L, Tier.C, 15L),
                        edge.trustedProxies(),
                        false,
                        new Http2Config(false, 31, 32 << 10, 33, 34, 350),
                        new WebSocketConfig(
                                31,
                                32,
                                33 << 10,
                                34 << 10,
                                Duration.ofSeconds(35),
                                Duration.ofSeconds(36),
                                Duration.ofSeconds(37),
                                Duration.ofSeconds(38),
                                39,
                                Set.of("https://app.example", "https://b.example"),
                                "jwt",
                                "token")));
        UpstreamConfig upstream = UpstreamConfig.read(reader);
        assertThat(upstream.tenantHeaders()).hasToString("{X-Tenant-Schema=SCHEMA}");
        assertThat(upstream)
                .isEqualTo(new UpstreamConfig(
                        Duration.ofSeconds(16),
                        Duration.ofSeconds(17),
                        Duration.ofSeconds(18),
                        19,
                        20,
                        Duration.ofSeconds(21),
                        Duration.ofSeconds(22),
                        23 << 10,
                        upstream.tenantHeaders()));
        ColdConfig cold = ColdConfig.read(reader);
        assertThat(cold)
                .isEqualTo(new ColdConfig(cold.rules(), Duration.ofSeconds(24), 25, 26, 27, Duration.ofSeconds(28)));
        assertThat(cold.rules().responder("GET", "/", Tier.A)).isEqualTo(ColdStartRules.Responder.REJECT);
        reader.finish();

        TrustedProxies trusted = edge.trustedProxies();
        assertThat(trusted.contains(InetAddress.getByName("10.127.0.1"))).isTrue();
        assertThat(trusted.contains(InetAddress.getByName("10.128.0.1"))).isFalse();
        assertThat(trusted.contains(InetAddress.getByName("192.0.2.7"))).isTrue();
        assertThat(trusted.contains(InetAddress.getByName("192.0.2.8"))).isFalse();
        assertThat(trusted.contains(InetAddress.getByName("2001:db8:1::1"))).isTrue();
        assertThat(trusted.contains(InetAddress.getByName("2001:db9::1"))).isFalse();
    }

    @Test
    void whatCannotBeReadIsReportedTogether() {
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of(
                "GATEWAY_EDGE_TRUSTED_PROXIES", "10.0.0.0/33,proxy.example",
                "GATEWAY_COLD_RULES", "GET everything -> context",
                "GATEWAY_EDGE_IDLE_TIMEOUT", "75")));
        EdgeConfig.read(reader);
        ColdConfig.read(reader);
        assertThatThrownBy(reader::finish)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("'10.0.0.0/33'")
                .hasMessageContaining("'proxy.example'")
                .hasMessageContaining("'GET everything -> context'")
                .hasMessageContaining("GATEWAY_EDGE_IDLE_TIMEOUT");
    }
}
