package io.percolate.gateway.admin.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.admin.auth.Principal;
import io.percolate.gateway.admin.auth.Scope;
import io.percolate.gateway.admin.http.HttpConfig;
import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigKey;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdminConfigTest {
    private static final String SECRET = "ops-secret-0123456789";

    @Test
    void hasTheseDefaults() {
        AdminConfig config = read(Map.of("GATEWAY_ADMIN_WRITE_TOKENS", "ops:" + SECRET));

        assertThat(config.http())
                .isEqualTo(new HttpConfig(
                        "0.0.0.0", 8090, 65_536, 16_384, 8_192, 1_000, Duration.ofSeconds(10), Duration.ofMinutes(1)));
        assertThat(config.flushWait()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.wakeTimeout()).isEqualTo(Duration.ofMinutes(1));
        assertThat(config.eventStreamsMax()).isEqualTo(64);
        assertThat(config.eventHeartbeat()).isEqualTo(Duration.ofSeconds(15));
        assertThat(config.stopGrace()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void readsEveryKey() {
        Map<String, String> values = new HashMap<>(Map.of(
                "GATEWAY_ADMIN_HOST", "127.0.0.1",
                "GATEWAY_ADMIN_PORT", "9999",
                "GATEWAY_ADMIN_BODY_BYTES_MAX", "128KiB",
                "GATEWAY_ADMIN_HEADER_BYTES_MAX", "32KiB",
                "GATEWAY_ADMIN_TARGET_BYTES_MAX", "4KiB",
                "GATEWAY_ADMIN_CONNECTIONS_MAX", "17",
                "GATEWAY_ADMIN_REQUEST_TIMEOUT", "3s",
                "GATEWAY_ADMIN_IDLE_TIMEOUT", "30s",
                "GATEWAY_ADMIN_READ_TOKENS", "dashboard:read-secret-0123456789",
                "GATEWAY_ADMIN_WRITE_TOKENS", "ops:" + SECRET));
        values.putAll(Map.of(
                "GATEWAY_ADMIN_FLUSH_WAIT", "500ms",
                "GATEWAY_ADMIN_WAKE_TIMEOUT", "90s",
                "GATEWAY_ADMIN_EVENT_STREAMS_MAX", "5",
                "GATEWAY_ADMIN_EVENT_HEARTBEAT", "1s",
                "GATEWAY_ADMIN_STOP_GRACE", "20s"));

        ConfigReader reader = new ConfigReader(ConfigSource.of(values));
        AdminConfig config = AdminConfig.read(reader);
        reader.finish();

        assertThat(config.http())
                .isEqualTo(new HttpConfig(
                        "127.0.0.1", 9999, 131_072, 32_768, 4_096, 17, Duration.ofSeconds(3), Duration.ofSeconds(30)));
        assertThat(config.tokens().authenticate(SECRET)).contains(new Principal("ops", Scope.WRITE));
        assertThat(config.flushWait()).isEqualTo(Duration.ofMillis(500));
        assertThat(config.wakeTimeout()).isEqualTo(Duration.ofSeconds(90));
        assertThat(config.eventStreamsMax()).isEqualTo(5);
        assertThat(config.eventHeartbeat()).isEqualTo(Duration.ofSeconds(1));
        assertThat(config.stopGrace()).isEqualTo(Duration.ofSeconds(20));
        assertThat(reader.keys().stream().map(ConfigKey::name).filter(name -> !name.endsWith("_FILE")))
                .containsExactlyInAnyOrderElementsOf(values.keySet());
    }

    @Test
    void toleratesKeysOfTheOtherProcessAndRefusesMisspelledOnes() {
        Map<String, String> values = new HashMap<>(minimal());
        values.putAll(Map.of(
                "GATEWAY_EDGE_PORT", "8080",
                "GATEWAY_OPS_PORT", "9090",
                "GATEWAY_COLD_HOLD_LIMIT", "10s",
                "GATEWAY_UPSTREAM_CONNECT_TIMEOUT", "1s",
                "GATEWAY_JWKS_FILE", "/nowhere",
                "GATEWAY_S3_REGION", "eu-central-1",
                "GATEWAY_KEY_ENCRYPTION_KEY_FILE", "/nowhere"));
        assertThat(ManagementConfig.read(new ConfigReader(ConfigSource.of(values))))
                .isNotNull();

        values.put("GATEWAY_ADMIN_PROT", "8091");
        values.put("GATEWAY_ADMIN_FLUSH_WAIT", "soon");
        assertThatThrownBy(() -> ManagementConfig.read(new ConfigReader(ConfigSource.of(values))))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("GATEWAY_ADMIN_PROT is not a known key; did you mean GATEWAY_ADMIN_PORT?")
                .hasMessageContaining("GATEWAY_ADMIN_FLUSH_WAIT: expected a duration");
    }

    private static AdminConfig read(Map<String, String> variables) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(variables));
        AdminConfig config = AdminConfig.read(reader);
        reader.finish();
        return config;
    }

    private static Map<String, String> minimal() {
        return Map.of(
                "MANAGEMENT_DB_URL", "postgresql://u:p@localhost/db", "GATEWAY_ADMIN_WRITE_TOKENS", "ops:" + SECRET);
    }
}
