package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.proxy.cold.ColdConfig;
import io.percolate.gateway.proxy.cold.ColdStartRules;
import io.percolate.gateway.proxy.engine.http1.TenantHeaders;
import io.percolate.gateway.proxy.engine.http1.TrustedProxies;
import io.percolate.gateway.proxy.generate.GenerateConfig;
import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.tenant.Tier;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

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
                        true));
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
                        ColdStartRules.DEFAULT,
                        Duration.ofSeconds(30),
                        256,
                        10_000,
                        64,
                        Duration.ofSeconds(5),
                        NO_GENERATOR));
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
                Map.entry("GATEWAY_UPSTREAM_CONNECT_TIMEOUT", "16s"),
                Map.entry("GATEWAY_UPSTREAM_RESPONSE_TIMEOUT", "17s"),
                Map.entry("GATEWAY_UPSTREAM_IDLE_TIMEOUT", "18s"),
                Map.entry("GATEWAY_UPSTREAM_CONNECTIONS_MAX", "19"),
                Map.entry("GATEWAY_UPSTREAM_PENDING_MAX", "20"),
                Map.entry("GATEWAY_UPSTREAM_PENDING_TIMEOUT", "21s"),
                Map.entry("GATEWAY_UPSTREAM_POOL_IDLE_TIMEOUT", "22s"),
                Map.entry("GATEWAY_UPSTREAM_HEADER_BYTES_MAX", "23KiB"),
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
                        false));
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
                .isEqualTo(new ColdConfig(
                        cold.rules(),
                        Duration.ofSeconds(24),
                        25,
                        26,
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
                                34)));
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
