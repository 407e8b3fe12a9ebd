package io.percolate.gateway.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.context.cache.CacheConfig;
import io.percolate.gateway.context.disk.DiskConfig;
import io.percolate.gateway.context.store.BlobsConfig;
import io.percolate.gateway.context.store.S3Config;
import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.config.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ContextConfigTest {
    private static final String KEY = "A".repeat(43) + "=";

    @Test
    void defaultsAreThese() {
        ContextConfig config = read(Map.of("S3_CONTEXT_CACHE_BUCKET", "contexts", "GATEWAY_KEY_ENCRYPTION_KEY", KEY));

        assertThat(config.s3())
                .isEqualTo(new S3Config(
                        "contexts",
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(10),
                        2,
                        64,
                        1_000));
        assertThat(config.keys().keyEncryptionKeys().names()).hasSize(1);
        assertThat(config.keys().rememberedMax()).isEqualTo(10_000);
        assertThat(config.keys().fresh()).isEqualTo(Duration.ofMinutes(5));
        assertThat(config.blobs())
                .isEqualTo(new BlobsConfig(
                        16L << 20, 64L << 30, Duration.ofSeconds(10), 64L << 20, Duration.ofSeconds(2), 32));
        assertThat(config.cache())
                .isEqualTo(
                        new CacheConfig(64L << 20, Duration.ofSeconds(30), Duration.ofHours(1), Duration.ofSeconds(5)));
        assertThat(config.disk()).isEqualTo(new DiskConfig(Optional.empty(), 1L << 30));
    }

    @Test
    void everyKeyIsRead() {
        ContextConfig config = read(Map.ofEntries(
                Map.entry("S3_CONTEXT_CACHE_BUCKET", "b"),
                Map.entry("GATEWAY_S3_ENDPOINT", "http://127.0.0.1:9000"),
                Map.entry("GATEWAY_S3_REGION", "eu-central-1"),
                Map.entry("GATEWAY_S3_PATH_STYLE", "true"),
                Map.entry("GATEWAY_S3_ACCESS_KEY", "access"),
                Map.entry("GATEWAY_S3_SECRET_KEY", "secret"),
                Map.entry("GATEWAY_S3_CONNECT_TIMEOUT", "3s"),
                Map.entry("GATEWAY_S3_ANSWER_TIMEOUT", "4s"),
                Map.entry("GATEWAY_S3_IDLE_TIMEOUT", "5s"),
                Map.entry("GATEWAY_S3_ATTEMPTS_MAX", "6"),
                Map.entry("GATEWAY_S3_CONNECTIONS_MAX", "7"),
                Map.entry("GATEWAY_S3_WAITING_MAX", "8"),
                Map.entry("GATEWAY_KEY_ENCRYPTION_KEY", "new:" + KEY + ",old:" + KEY),
                Map.entry("GATEWAY_CONTEXT_KEYS_MAX", "9"),
                Map.entry("GATEWAY_CONTEXT_KEYS_FRESH", "10s"),
                Map.entry("GATEWAY_CONTEXT_BLOB_BYTES_MAX", "1MiB"),
                Map.entry("GATEWAY_CONTEXT_SNAPSHOT_BYTES_MAX", "2MiB"),
                Map.entry("GATEWAY_CONTEXT_TRANSFER_TIMEOUT", "11s"),
                Map.entry("GATEWAY_CONTEXT_IN_FLIGHT_BYTES", "3MiB"),
                Map.entry("GATEWAY_CONTEXT_IN_FLIGHT_WAIT", "12s"),
                Map.entry("GATEWAY_CONTEXT_OPEN_THREADS", "13"),
                Map.entry("GATEWAY_KMS_ENDPOINT", "http://127.0.0.1:9001"),
                Map.entry("GATEWAY_KMS_REGION", "eu-west-2"),
                Map.entry("GATEWAY_KMS_ACCESS_KEY", "kms access"),
                Map.entry("GATEWAY_KMS_SECRET_KEY", "kms secret"),
                Map.entry("GATEWAY_CONTEXT_DISK_DIR", "/var/cache/contexts"),
                Map.entry("GATEWAY_CONTEXT_DISK_BYTES", "5MiB"),
                Map.entry("GATEWAY_CONTEXT_CACHE_BYTES", "4MiB"),
                Map.entry("GATEWAY_CONTEXT_FRESH", "14s"),
                Map.entry("GATEWAY_CONTEXT_STALE_MAX", "15s"),
                Map.entry("GATEWAY_CONTEXT_ABSENT_FRESH", "16s")));

        assertThat(config.s3())
                .isEqualTo(new S3Config(
                        "b",
                        Optional.of(URI.create("http://127.0.0.1:9000")),
                        Optional.of("eu-central-1"),
                        true,
                        Optional.of(new Secret("access")),
                        Optional.of(new Secret("secret")),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(4),
                        Duration.ofSeconds(5),
                        6,
                        7,
                        8));
        assertThat(config.keys().keyEncryptionKeys().primary()).isEqualTo("new");
        assertThat(config.keys().keyEncryptionKeys().names()).containsExactlyInAnyOrder("new", "old");
        assertThat(config.keys().rememberedMax()).isEqualTo(9);
        assertThat(config.keys().fresh()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.blobs())
                .isEqualTo(
                        new BlobsConfig(1 << 20, 2 << 20, Duration.ofSeconds(11), 3 << 20, Duration.ofSeconds(12), 13));
        assertThat(config.cache())
                .isEqualTo(new CacheConfig(
                        4 << 20, Duration.ofSeconds(14), Duration.ofSeconds(15), Duration.ofSeconds(16)));
        assertThat(config.disk()).isEqualTo(new DiskConfig(Optional.of(Path.of("/var/cache/contexts")), 5L << 20));
    }

    @Test
    void everyProblemIsReportedAndNoSecretIsPrinted() {
        assertThatThrownBy(() -> read(Map.of(
                        "GATEWAY_KEY_ENCRYPTION_KEY", "hunter2",
                        "GATEWAY_S3_ACCESS_KEY", "alone",
                        "GATEWAY_CONTEXT_IN_FLIGHT_BYTES", "16MiB")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("S3_CONTEXT_CACHE_BUCKET is required")
                .hasMessageContaining("GATEWAY_KEY_ENCRYPTION_KEY: key 1 of the list")
                .hasMessageContaining("given together or not at all")
                .hasMessageContaining("at least twice")
                .hasMessageNotContaining("hunter2");
        assertThatThrownBy(() -> read(Map.of())).hasMessageContaining("GATEWAY_KEY_ENCRYPTION_KEY is required");
    }

    private static ContextConfig read(Map<String, String> environment) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(environment));
        ContextConfig config = ContextConfig.read(reader);
        reader.finish();
        return config;
    }
}
