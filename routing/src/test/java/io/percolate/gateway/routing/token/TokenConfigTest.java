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
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import io.percolate.gateway.routing.token.keys.SignatureProvider;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
                        List.of(new IssuerConfig(
                                "default",
                                keys(URL),
                                Optional.empty(),
                                List.of(),
                                Set.of(),
                                "tenant_id",
                                "sid",
                                Optional.empty())),
                        SignatureProvider.Choice.NATIVE,
                        Duration.ofSeconds(30),
                        true,
                        Duration.ZERO,
                        TokenTypes.DEFAULT,
                        8_192,
                        2_000,
                        100_000,
                        64 << 20));
    }

    private static JwksConfig keys(URI url) {
        return new JwksConfig(
                Optional.of(url),
                Optional.empty(),
                Duration.ofMinutes(5),
                Duration.ofSeconds(3),
                Duration.ofHours(24),
                Duration.ofSeconds(30));
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
        environment.put("GATEWAY_JWT_ALGORITHMS", "ES256, HS256");
        environment.put("GATEWAY_JWT_SESSION_CLAIM", "session");
        environment.put("GATEWAY_JWT_SIGNATURES", "jdk");
        environment.put("GATEWAY_JWKS_UNKNOWN_INTERVAL", "5s");
        environment.put("GATEWAY_JWT_LIFETIME_MAX", "7d");
        environment.put("GATEWAY_JWT_TYPES", "at+JWT, application/x+jwt");
        environment.put("GATEWAY_JWT_BYTES_MAX", "4KiB");
        environment.put("GATEWAY_JWT_VERIFICATIONS_QUEUED_MAX", "7");
        environment.put("GATEWAY_TOKENS_MAX", "10");
        environment.put("GATEWAY_TOKENS_BYTES_MAX", "1MiB");
        environment.put("GATEWAY_JWT_SHARD_KEY_CLAIM", "cell");

        assertThat(read(environment))
                .isEqualTo(new TokenConfig(
                        List.of(new IssuerConfig(
                                "default",
                                new JwksConfig(
                                        Optional.empty(),
                                        Optional.of(file),
                                        Duration.ofMinutes(1),
                                        Duration.ofSeconds(2),
                                        Duration.ofHours(1),
                                        Duration.ofSeconds(5)),
                                Optional.of("https://issuer.example"),
                                List.of("edge", "api"),
                                Set.of(SignatureAlgorithm.ES256, SignatureAlgorithm.HS256),
                                "org",
                                "session",
                                Optional.of(new Secret(SECRET)))),
                        SignatureProvider.Choice.JDK,
                        Duration.ofSeconds(5),
                        false,
                        Duration.ofDays(7),
                        new TokenTypes(Set.of("at+jwt", "x+jwt"), false),
                        4_096,
                        7,
                        10,
                        1 << 20,
                        "cell"));
    }

    @Test
    void severalIssuersHaveTheirOwnKeysAndRules() {
        Map<String, String> environment = new HashMap<>(Map.of(
                "GATEWAY_ISSUERS", "staff, Partner_1",
                "GATEWAY_JWT_AUDIENCE", "edge",
                "GATEWAY_JWT_TENANT_CLAIM", "org",
                "GATEWAY_ISSUER_STAFF_ISS", "https://staff.example",
                "GATEWAY_ISSUER_STAFF_JWKS_URL", URL.toString(),
                "GATEWAY_ISSUER_PARTNER_1_ISS", "https://partner.example",
                "GATEWAY_ISSUER_PARTNER_1_JWKS_URL", "https://partner.example/keys",
                "GATEWAY_ISSUER_PARTNER_1_AUDIENCE", "partners",
                "GATEWAY_ISSUER_PARTNER_1_ALGORITHMS", "ES256",
                "GATEWAY_ISSUER_PARTNER_1_TENANT_CLAIM", "account"));
        environment.put("GATEWAY_ISSUER_PARTNER_1_SESSION_CLAIM", "s");
        environment.put("GATEWAY_ISSUER_PARTNER_1_HS256_SECRET", SECRET);

        assertThat(read(environment).issuers())
                .containsExactly(
                        new IssuerConfig(
                                "staff",
                                keys(URL),
                                Optional.of("https://staff.example"),
                                List.of("edge"),
                                Set.of(),
                                "org",
                                "sid",
                                Optional.empty()),
                        new IssuerConfig(
                                "partner_1",
                                keys(URI.create("https://partner.example/keys")),
                                Optional.of("https://partner.example"),
                                List.of("partners"),
                                Set.of(SignatureAlgorithm.ES256),
                                "account",
                                "s",
                                Optional.of(new Secret(SECRET))));
    }

    @Test
    void saysAllThatIsWrongWithIssuers() {
        Map<String, String> environment = Map.of(
                "GATEWAY_ISSUERS", "a, a, b, c, d!, e",
                "GATEWAY_JWKS_URL", URL.toString(),
                "GATEWAY_ISSUER_A_ISS", "https://a.example",
                "GATEWAY_ISSUER_A_JWKS_URL", URL.toString(),
                "GATEWAY_ISSUER_B_ISS", "https://b.example",
                "GATEWAY_ISSUER_C_JWKS_URL", URL.toString(),
                "GATEWAY_ISSUER_E_ISS", "https://a.example",
                "GATEWAY_ISSUER_E_JWKS_URL", URL.toString(),
                "GATEWAY_ISSUER_E_ALGORITHMS", "none",
                "GATEWAY_ISSUER_X_ISS", "https://x.example");

        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> read(environment))
                .withMessageContaining("stand in GATEWAY_ISSUER_<NAME>_")
                .withMessageContaining("'a' is there twice")
                .withMessageContaining("issuer b needs")
                .withMessageContaining("issuer c needs")
                .withMessageContaining("got 'd!'")
                .withMessageContaining("issuer e has the ISS of another one")
                .withMessageContaining(
                        "GATEWAY_ISSUER_E_ALGORITHMS: expected algorithms such as RS256 or ES256, got 'none'")
                .withMessageContaining("GATEWAY_ISSUER_X_ISS is not a known key");
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
                        "GATEWAY_JWKS_UNKNOWN_INTERVAL",
                        "GATEWAY_JWT_LIFETIME_MAX",
                        "GATEWAY_JWT_TYPES",
                        "GATEWAY_JWT_ISSUER",
                        "GATEWAY_JWT_AUDIENCE",
                        "GATEWAY_JWT_ALGORITHMS",
                        "GATEWAY_JWT_TENANT_CLAIM",
                        "GATEWAY_JWT_SESSION_CLAIM",
                        "GATEWAY_JWT_SHARD_KEY_CLAIM",
                        "GATEWAY_ISSUERS",
                        "GATEWAY_ISSUER_<NAME>_JWKS_URL",
                        "GATEWAY_ISSUER_<NAME>_JWKS_FILE",
                        "GATEWAY_ISSUER_<NAME>_ISS",
                        "GATEWAY_ISSUER_<NAME>_AUDIENCE",
                        "GATEWAY_ISSUER_<NAME>_ALGORITHMS",
                        "GATEWAY_ISSUER_<NAME>_TENANT_CLAIM",
                        "GATEWAY_ISSUER_<NAME>_SESSION_CLAIM",
                        "GATEWAY_ISSUER_<NAME>_HS256_SECRET",
                        "GATEWAY_ISSUER_<NAME>_HS256_SECRET_FILE",
                        "GATEWAY_JWT_SIGNATURES",
                        "GATEWAY_JWT_VERIFICATIONS_QUEUED_MAX",
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
                .withMessageContaining(
                        "one of GATEWAY_JWKS_URL, GATEWAY_JWKS_FILE, GATEWAY_JWT_HS256_SECRET and GATEWAY_ISSUERS");
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
                        Optional.of(URL),
                        Optional.of(file),
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO));
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
