package io.percolate.gateway.routing.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigKey;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.token.keys.JwksConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenConfigTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";
    private static final URI URL = URI.create("https://issuer.example/jwks");

    @TempDir
    Path folder;

    private static TokenConfig read(Map<String, String> environment) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(environment));
        TokenConfig config = TokenConfig.read(reader);
        reader.finish();
        return config;
    }

    @Test
    void defaults() {
        assertThat(read(Map.of("GATEWAY_JWKS_URL", URL.toString())))
                .isEqualTo(new TokenConfig(
                        new JwksConfig(
                                Optional.of(URL),
                                Optional.empty(),
                                Duration.ofMinutes(5),
                                Duration.ofSeconds(3),
                                Duration.ofHours(24)),
                        Optional.empty(),
                        List.of(),
                        "tenant_id",
                        Optional.empty(),
                        Duration.ofSeconds(30),
                        true,
                        8_192,
                        100_000,
                        64 << 20));
    }

    @Test
    void everyKeyIsMapped() throws IOException {
        Path file = Files.writeString(folder.resolve("jwks.json"), "{}");
        Map<String, String> environment = new HashMap<>(Map.of(
                "GATEWAY_JWKS_FILE", file.toString(),
                "GATEWAY_JWKS_REFRESH_INTERVAL", "1m",
                "GATEWAY_JWKS_TIMEOUT", "2s",
                "GATEWAY_JWKS_KEEP_MAX", "1h",
                "GATEWAY_JWT_ISSUER", "https://issuer.example",
                "GATEWAY_JWT_AUDIENCE", "edge, api",
                "GATEWAY_JWT_TENANT_CLAIM", "org",
                "GATEWAY_JWT_HS256_SECRET", SECRET,
                "GATEWAY_JWT_CLOCK_SKEW", "5s",
                "GATEWAY_JWT_EXP_REQUIRED", "false"));
        environment.put("GATEWAY_JWT_BYTES_MAX", "4KiB");
        environment.put("GATEWAY_TOKENS_MAX", "10");
        environment.put("GATEWAY_TOKENS_BYTES_MAX", "1MiB");

        assertThat(read(environment))
                .isEqualTo(new TokenConfig(
                        new JwksConfig(
                                Optional.empty(),
                                Optional.of(file),
                                Duration.ofMinutes(1),
                                Duration.ofSeconds(2),
                                Duration.ofHours(1)),
                        Optional.of("https://issuer.example"),
                        List.of("edge", "api"),
                        "org",
                        Optional.of(new Secret(SECRET)),
                        Duration.ofSeconds(5),
                        false,
                        4_096,
                        10,
                        1 << 20));
    }

    @Test
    void readsNoOtherKeys() {
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of("GATEWAY_JWKS_URL", URL.toString())));

        TokenConfig.read(reader);

        assertThat(reader.keys().stream().map(ConfigKey::name))
                .containsExactlyInAnyOrder(
                        "GATEWAY_JWKS_URL",
                        "GATEWAY_JWKS_FILE",
                        "GATEWAY_JWKS_REFRESH_INTERVAL",
                        "GATEWAY_JWKS_TIMEOUT",
                        "GATEWAY_JWKS_KEEP_MAX",
                        "GATEWAY_JWT_ISSUER",
                        "GATEWAY_JWT_AUDIENCE",
                        "GATEWAY_JWT_TENANT_CLAIM",
                        "GATEWAY_JWT_HS256_SECRET",
                        "GATEWAY_JWT_HS256_SECRET_FILE",
                        "GATEWAY_JWT_CLOCK_SKEW",
                        "GATEWAY_JWT_EXP_REQUIRED",
                        "GATEWAY_JWT_BYTES_MAX",
                        "GATEWAY_TOKENS_MAX",
                        "GATEWAY_TOKENS_BYTES_MAX");
    }

    @Test
    void wantsSomeKey() {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> read(Map.of()))
                .withMessageContaining("one of GATEWAY_JWKS_URL, GATEWAY_JWKS_FILE and GATEWAY_JWT_HS256_SECRET");
    }

    @Test
    void wantsUrlOrFileNotBoth() throws IOException {
        Path file = Files.writeString(folder.resolve("jwks.json"), "{}");

        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(
                        () -> read(Map.of("GATEWAY_JWKS_URL", URL.toString(), "GATEWAY_JWKS_FILE", file.toString())))
                .withMessageContaining("not both");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new JwksConfig(
                        Optional.of(URL), Optional.of(file), Duration.ZERO, Duration.ZERO, Duration.ZERO));
    }

    @Test
    void refusesAShortSecretAndDoesNotPrintIt() {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> read(Map.of("GATEWAY_JWT_HS256_SECRET", "hunter2")))
                .withMessageContaining("at least 32 bytes, got 7")
                .withMessageNotContaining("hunter2");
        assertThat(read(Map.of("GATEWAY_JWT_HS256_SECRET", SECRET)).toString()).doesNotContain(SECRET);
    }

    @Test
    void refusesCredentialsInTheUrl() {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> read(Map.of("GATEWAY_JWKS_URL", "https://user:password@issuer.example/jwks")))
                .withMessageContaining("without user and password");
    }
}
