package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.proxy.cold.ColdConfig;
import io.percolate.gateway.proxy.cold.ColdStartRules;
import io.percolate.gateway.proxy.cold.HoldBounds;
import io.percolate.gateway.proxy.cold.MoveHold;
import io.percolate.gateway.proxy.engine.http1.TenantHeaders;
import io.percolate.gateway.proxy.engine.http1.TrustedProxies;
import io.percolate.gateway.proxy.engine.tls.Certificates;
import io.percolate.gateway.proxy.engine.tls.ClientCertificates;
import io.percolate.gateway.proxy.engine.tls.KeyFiles;
import io.percolate.gateway.proxy.engine.tls.TlsConfig;
import io.percolate.gateway.proxy.engine.tls.TlsProvider;
import io.percolate.gateway.proxy.engine.tls.TlsSuites;
import io.percolate.gateway.proxy.engine.websocket.WebSocketConfig;
import io.percolate.gateway.proxy.generate.GenerateConfig;
import io.percolate.gateway.proxy.overload.OverloadConfig;
import io.percolate.gateway.proxy.resilience.ResilienceConfig;
import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.tenant.Tier;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Defaults and keys of the edge, its upstream and cold starts. */
class EngineConfigTest {
    private static final GenerateConfig NO_GENERATOR = new GenerateConfig(
            Optional.empty(),
            GenerateConfig.Api.FORM,
            Optional.empty(),
            "",
            "Answer from what is known of this user: {context}",
            512,
            64 << 10,
            64 << 10,
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            256);

    private static final ResilienceConfig RESILIENCE =
            ResilienceConfig.read(new ConfigReader(ConfigSource.of(Map.of())));

    private static final OverloadConfig OVERLOAD = OverloadConfig.read(new ConfigReader(ConfigSource.of(Map.of())));

    private static final long GIB = 1L << 30;

    @Test
    void defaultsAreTheDocumentedOnes() {
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of()));
        assertThat(EdgeConfig.read(reader))
                .isEqualTo(new EdgeConfig(
                        List.of(new ListenerConfig(
                                "0.0.0.0",
                                8080,
                                false,
                                ProxyProtocol.OFF,
                                ClientCertificates.NONE,
                                CleartextHttp2.OFFERED)),
                        new TlsConfig(
                                List.of(),
                                Optional.empty(),
                                ClientCertificates.NONE,
                                TlsSuites.Least.TLS12,
                                TlsProvider.NATIVE,
                                Duration.ofSeconds(10),
                                Duration.ofHours(6)),
                        TrustedProxies.NONE,
                        0,
                        4096,
                        20_000,
                        10_000,
                        0,
                        20_000,
                        32 << 10,
                        8 << 10,
                        100,
                        Duration.ofSeconds(75),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(10),
                        100,
                        100,
                        Duration.ofSeconds(10),
                        Map.of(Tier.A, 16 * GIB, Tier.B, 8 * GIB, Tier.C, 4 * GIB),
                        TrustedProxies.NONE,
                        false,
                        true,
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
                                "off"),
                        new Http2Config(100, 64 << 10, 200, 200, 2_000),
                        OVERLOAD));
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
                        TenantHeaders.NONE,
                        Map.of(Tier.A, PodWire.HTTP1, Tier.B, PodWire.HTTP1, Tier.C, PodWire.HTTP1),
                        128,
                        8,
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(5),
                        new PodTlsConfig(null, null, Map.of(), Duration.ofSeconds(10)),
                        RESILIENCE));
        assertThat(ColdConfig.read(reader))
                .isEqualTo(new ColdConfig(
                        ColdStartRules.DEFAULT,
                        Duration.ofSeconds(30),
                        256,
                        10_000,
                        new HoldBounds(Map.of(Tier.A, 10_000, Tier.B, 8_000, Tier.C, 6_000), 64 << 20, 256),
                        64,
                        Duration.ofSeconds(5),
                        NO_GENERATOR,
                        new MoveHold(Duration.ofSeconds(5), 1_000),
                        false));
        reader.finish();
    }

    @Test
    void everyKeyIsMapped(@TempDir Path folder) throws Exception {
        Certificates.write(folder, Certificates.named("a.example"));
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.ofEntries(
                Map.entry("GATEWAY_COLD_MOVE_HOLD_LIMIT", "40s"),
                Map.entry("GATEWAY_COLD_MOVE_HELD_PER_TENANT_MAX", "41"),
                Map.entry("GATEWAY_EDGE_HOST", "127.0.0.1"),
                Map.entry("GATEWAY_EDGE_PORT", "1"),
                Map.entry("GATEWAY_EDGE_EVENT_LOOPS", "2"),
                Map.entry("GATEWAY_EDGE_BACKLOG", "3"),
                Map.entry("GATEWAY_EDGE_CONNECTIONS_MAX", "4"),
                Map.entry("GATEWAY_EDGE_CONNECTIONS_PER_ADDRESS_MAX", "30"),
                Map.entry("GATEWAY_EDGE_CONNECTIONS_PER_ADDRESS_RATE", "48"),
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
                Map.entry("GATEWAY_EDGE_HTTP2_CLEARTEXT", "required"),
                Map.entry("GATEWAY_EDGE_HTTP2_STREAMS_MAX", "31"),
                Map.entry("GATEWAY_EDGE_HTTP2_STREAM_WINDOW_BYTES", "32KiB"),
                Map.entry("GATEWAY_EDGE_HTTP2_RESETS_MAX", "33"),
                Map.entry("GATEWAY_EDGE_HTTP2_PROVOKED_RESETS_MAX", "34"),
                Map.entry("GATEWAY_EDGE_HTTP2_CONTROL_FRAMES_MAX", "350"),
                Map.entry("GATEWAY_EDGE_FORWARDED", "true"),
                Map.entry("GATEWAY_EDGE_TLS_PORT", "29"),
                Map.entry("GATEWAY_EDGE_TLS_CERTIFICATES", folder.toString()),
                Map.entry(
                        "GATEWAY_EDGE_TLS_CLIENT_CA_FILE",
                        folder.resolve("tls.crt").toString()),
                Map.entry("GATEWAY_EDGE_TLS_CLIENT_CERTIFICATES", "optional"),
                Map.entry("GATEWAY_EDGE_TLS_MIN_VERSION", "tls13"),
                Map.entry("GATEWAY_EDGE_TLS_PROVIDER", "jdk"),
                Map.entry("GATEWAY_EDGE_TLS_RELOAD_INTERVAL", "34s"),
                Map.entry("GATEWAY_EDGE_TLS_TICKET_KEY_LIFE", "35h"),
                Map.entry("GATEWAY_EDGE_HANDSHAKE_TIMEOUT", "36s"),
                Map.entry("GATEWAY_EDGE_PROXY_PROTOCOL", "trusted"),
                Map.entry("GATEWAY_EDGE_PROXY_PROTOCOL_FROM", "192.0.2.0/24"),
                Map.entry("GATEWAY_EDGE_BODY_RATE_MIN", "31"),
                Map.entry("GATEWAY_EDGE_ANSWER_RATE_MIN", "32"),
                Map.entry("GATEWAY_EDGE_RATE_GRACE", "33s"),
                Map.entry("GATEWAY_UPSTREAM_CONNECT_TIMEOUT", "16s"),
                Map.entry("GATEWAY_UPSTREAM_RESPONSE_TIMEOUT", "17s"),
                Map.entry("GATEWAY_UPSTREAM_IDLE_TIMEOUT", "18s"),
                Map.entry("GATEWAY_UPSTREAM_CONNECTIONS_MAX", "19"),
                Map.entry("GATEWAY_UPSTREAM_PENDING_MAX", "20"),
                Map.entry("GATEWAY_UPSTREAM_PENDING_TIMEOUT", "21s"),
                Map.entry("GATEWAY_UPSTREAM_POOL_IDLE_TIMEOUT", "22s"),
                Map.entry("GATEWAY_UPSTREAM_HEADER_BYTES_MAX", "23KiB"),
                Map.entry("GATEWAY_UPSTREAM_PROTOCOL_TIER_A", "h2"),
                Map.entry("GATEWAY_UPSTREAM_PROTOCOL_TIER_B", "h2c"),
                Map.entry("GATEWAY_UPSTREAM_PROTOCOL_TIER_C", "https1"),
                Map.entry("GATEWAY_UPSTREAM_H2_STREAMS_MAX", "29"),
                Map.entry("GATEWAY_UPSTREAM_H2_CONNECTIONS_MAX", "30"),
                Map.entry("GATEWAY_UPSTREAM_H2_PING_AFTER", "31s"),
                Map.entry("GATEWAY_UPSTREAM_H2_PING_TIMEOUT", "32s"),
                Map.entry("GATEWAY_UPSTREAM_TLS_CA_FILE", "/dev/null"),
                Map.entry("GATEWAY_UPSTREAM_TLS_KEY", "/a.crt:/a.key"),
                Map.entry("GATEWAY_UPSTREAM_TLS_NAME_TIER_A", "pods.example"),
                Map.entry("GATEWAY_UPSTREAM_TLS_NAME_TIER_B", "spiffe://fleet/pods/b"),
                Map.entry("GATEWAY_UPSTREAM_TLS_RELOAD_INTERVAL", "33s"),
                Map.entry("GATEWAY_TENANT_HEADERS", "X-Tenant-Schema=schema"),
                Map.entry("GATEWAY_GENERATE_URL", "https://models.example/v1/chat/completions"),
                Map.entry("GATEWAY_GENERATE_API", "chat"),
                Map.entry("GATEWAY_GENERATE_API_KEY", "key"),
                Map.entry("GATEWAY_GENERATE_MODEL", "small"),
                Map.entry("GATEWAY_GENERATE_PROMPT", "prompt"),
                Map.entry("GATEWAY_GENERATE_TOKENS_MAX", "29"),
                Map.entry("GATEWAY_GENERATE_PROMPT_CONTEXT_BYTES", "30"),
                Map.entry("GATEWAY_GENERATE_MESSAGE_BYTES_MAX", "31"),
                Map.entry("GATEWAY_GENERATE_FIRST_TOKEN_TIMEOUT", "32s"),
                Map.entry("GATEWAY_GENERATE_TOKEN_TIMEOUT", "33s"),
                Map.entry("GATEWAY_GENERATE_CALLS_MAX", "34"),
                Map.entry("GATEWAY_COLD_RULES", "GET /** -> reject"),
                Map.entry("GATEWAY_COLD_EARLY_HINTS", "true"),
                Map.entry("GATEWAY_COLD_HOLD_LIMIT", "24s"),
                Map.entry("GATEWAY_COLD_HELD_PER_TENANT_MAX", "25"),
                Map.entry("GATEWAY_COLD_HELD_MAX", "26"),
                Map.entry("GATEWAY_COLD_HELD_MAX_TIER_A", "35"),
                Map.entry("GATEWAY_COLD_HELD_MAX_TIER_B", "36"),
                Map.entry("GATEWAY_COLD_HELD_MAX_TIER_C", "37"),
                Map.entry("GATEWAY_COLD_HELD_BYTES_MAX", "38MiB"),
                Map.entry("GATEWAY_COLD_RELEASE_CONCURRENCY_POD", "39"),
                Map.entry("GATEWAY_COLD_RELEASE_CONCURRENCY", "27"),
                Map.entry("GATEWAY_COLD_CONTEXT_TIMEOUT", "28s"))));
        EdgeConfig edge = EdgeConfig.read(reader);
        assertThat(edge)
                .isEqualTo(new EdgeConfig(
                        List.of(
                                new ListenerConfig(
                                        "127.0.0.1",
                                        1,
                                        false,
                                        ProxyProtocol.TRUSTED,
                                        ClientCertificates.NONE,
                                        CleartextHttp2.REQUIRED),
                                new ListenerConfig(
                                        "127.0.0.1",
                                        29,
                                        true,
                                        ProxyProtocol.TRUSTED,
                                        ClientCertificates.OPTIONAL,
                                        CleartextHttp2.OFF)),
                        new TlsConfig(
                                List.of(new KeyFiles(folder.resolve("tls.crt"), folder.resolve("tls.key"))),
                                Optional.of(folder.resolve("tls.crt")),
                                ClientCertificates.OPTIONAL,
                                TlsSuites.Least.TLS13,
                                TlsProvider.JDK,
                                Duration.ofSeconds(34),
                                Duration.ofHours(35)),
                        edge.proxyProtocolFrom(),
                        2,
                        3,
                        4,
                        30,
                        48,
                        5,
                        6 << 10,
                        7 << 10,
                        8,
                        Duration.ofSeconds(9),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(11),
                        Duration.ofSeconds(12),
                        Duration.ofSeconds(36),
                        31,
                        32,
                        Duration.ofSeconds(33),
                        Map.of(Tier.A, 13L, Tier.B, 14L, Tier.C, 15L),
                        edge.trustedProxies(),
                        true,
                        false,
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
                                "token"),
                        new Http2Config(31, 32 << 10, 33, 34, 350),
                        OVERLOAD));
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
                        upstream.tenantHeaders(),
                        Map.of(Tier.A, PodWire.H2, Tier.B, PodWire.H2C, Tier.C, PodWire.HTTPS1),
                        29,
                        30,
                        Duration.ofSeconds(31),
                        Duration.ofSeconds(32),
                        new PodTlsConfig(
                                Path.of("/dev/null"),
                                new KeyFiles(Path.of("/a.crt"), Path.of("/a.key")),
                                Map.of(Tier.A, "pods.example", Tier.B, "spiffe://fleet/pods/b"),
                                Duration.ofSeconds(33)),
                        RESILIENCE));
        ColdConfig cold = ColdConfig.read(reader);
        assertThat(cold)
                .isEqualTo(new ColdConfig(
                        cold.rules(),
                        Duration.ofSeconds(24),
                        25,
                        26,
                        new HoldBounds(Map.of(Tier.A, 35, Tier.B, 36, Tier.C, 37), 38 << 20, 39),
                        27,
                        Duration.ofSeconds(28),
                        new GenerateConfig(
                                Optional.of(URI.create("https://models.example/v1/chat/completions")),
                                GenerateConfig.Api.CHAT,
                                Optional.of(new Secret("key")),
                                "small",
                                "prompt",
                                29,
                                30,
                                31,
                                Duration.ofSeconds(32),
                                Duration.ofSeconds(33),
                                34),
                        new MoveHold(Duration.ofSeconds(40), 41),
                        true));
        assertThat(cold.rules().responder("GET", "/", Tier.A)).isEqualTo(ColdStartRules.Responder.REJECT);
        reader.finish();

        assertThat(edge.proxyProtocolFrom().contains(InetAddress.getByName("192.0.2.200")))
                .isTrue();
        TrustedProxies trusted = edge.trustedProxies();
        assertThat(trusted.contains(InetAddress.getByName("10.127.0.1"))).isTrue();
        assertThat(trusted.contains(InetAddress.getByName("10.128.0.1"))).isFalse();
        assertThat(trusted.contains(InetAddress.getByName("192.0.2.7"))).isTrue();
        assertThat(trusted.contains(InetAddress.getByName("192.0.2.8"))).isFalse();
        assertThat(trusted.contains(InetAddress.getByName("2001:db8:1::1"))).isTrue();
        assertThat(trusted.contains(InetAddress.getByName("2001:db9::1"))).isFalse();
    }

    @Test
    void listenersAreReadFromAList(@TempDir Path folder) {
        Certificates.write(folder, Certificates.named("a.example"));
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of(
                "GATEWAY_EDGE_TLS_CERTIFICATES",
                folder + "," + folder.resolve("tls.crt") + ":" + folder.resolve("tls.key"),
                "GATEWAY_EDGE_TLS_CLIENT_CA_FILE",
                folder.resolve("tls.crt").toString(),
                "GATEWAY_EDGE_PROXY_PROTOCOL_FROM",
                "10.0.0.0/8",
                "GATEWAY_EDGE_LISTENERS",
                "http://0.0.0.0:80, https://[::]:443?proxy-protocol=trusted&client-certificates=required,"
                        + "http://localhost:0?proxy-protocol=required,http://localhost:81?http2=required")));
        EdgeConfig edge = EdgeConfig.read(reader);
        reader.finish();

        assertThat(edge.listeners())
                .containsExactly(
                        new ListenerConfig(
                                "0.0.0.0",
                                80,
                                false,
                                ProxyProtocol.OFF,
                                ClientCertificates.NONE,
                                CleartextHttp2.OFFERED),
                        new ListenerConfig(
                                "::",
                                443,
                                true,
                                ProxyProtocol.TRUSTED,
                                ClientCertificates.REQUIRED,
                                CleartextHttp2.OFF),
                        new ListenerConfig(
                                "localhost",
                                0,
                                false,
                                ProxyProtocol.REQUIRED,
                                ClientCertificates.NONE,
                                CleartextHttp2.OFFERED),
                        new ListenerConfig(
                                "localhost",
                                81,
                                false,
                                ProxyProtocol.OFF,
                                ClientCertificates.NONE,
                                CleartextHttp2.REQUIRED));
        assertThat(edge.listeners()).extracting(ListenerConfig::toString).contains("https://[::]:443");
        assertThat(edge.tls().keys()).hasSize(2);
    }

    @Test
    void allThatIsWrongWithListenersIsToldAtOnce(@TempDir Path folder) throws Exception {
        Path broken = Files.writeString(folder.resolve("broken.pem"), "nothing");
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of(
                "GATEWAY_EDGE_TLS_CERTIFICATES", folder.resolve("absent") + "," + broken + ":" + broken,
                "GATEWAY_EDGE_TLS_CLIENT_CA_FILE", broken.toString(),
                "GATEWAY_EDGE_LISTENERS",
                        "ftp://a:1,http://a,http://a:99999,http://a:1?proxy-protocol=maybe,http://a:2?speed=9,"
                                + "http://a:3/x,https://a:4,http://a:5?client-certificates=required,http://a:6,"
                                + "http://a:6,http://a:7?proxy-protocol=required,"
                                + "http://a:8?proxy-protocol=off&proxy-protocol=off,http://a:9?http2=maybe,"
                                + "https://a:10?http2=off")));
        EdgeConfig.read(reader);

        assertThatThrownBy(reader::finish)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("expected a folder that holds tls.crt")
                .hasMessageContaining("expected 1 to 1000 certificates (PEM) in " + broken)
                .hasMessageContaining("GATEWAY_EDGE_TLS_CLIENT_CA_FILE: expected 1 to 1000")
                .hasMessageContaining("'ftp://a:1' is not of the form")
                .hasMessageContaining("'http://a' has no port")
                .hasMessageContaining("'http://a:99999' has no port")
                .hasMessageContaining("proxy-protocol=maybe, expected one of [off, required, trusted]")
                .hasMessageContaining("has the option 'speed'")
                .hasMessageContaining("http2=maybe, expected one of [off, offered, required]")
                .hasMessageContaining("'https://a:10?http2=off' says http2, which only http can")
                .hasMessageContaining("'http://a:3/x' is not of the form")
                .hasMessageContaining("'https://a:4' needs GATEWAY_EDGE_TLS_CERTIFICATES")
                .hasMessageContaining("which only https can have")
                .hasMessageContaining("'http://a:6' listens where another does")
                .hasMessageContaining("gives proxy-protocol twice")
                .hasMessageContaining("GATEWAY_EDGE_PROXY_PROTOCOL_FROM is required");
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

    @Test
    void aGeneratorThatRulesNameMustBeThere() {
        ConfigReader reader = new ConfigReader(ConfigSource.of(
                Map.of("GATEWAY_COLD_RULES", "POST /chat -> generate", "GATEWAY_GENERATE_API", "chat")));
        ColdConfig.read(reader);
        assertThatThrownBy(reader::finish).hasMessageContaining("needs GATEWAY_GENERATE_URL");
        ConfigReader nameless = new ConfigReader(
                ConfigSource.of(Map.of("GATEWAY_GENERATE_URL", "http://127.0.0.1:1/", "GATEWAY_GENERATE_API", "chat")));
        ColdConfig.read(nameless);
        assertThatThrownBy(nameless::finish).hasMessageContaining("GATEWAY_GENERATE_MODEL");
    }
}
