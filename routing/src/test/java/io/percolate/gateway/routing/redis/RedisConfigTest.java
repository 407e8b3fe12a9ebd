package io.percolate.gateway.routing.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.stack.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisConfigTest {
    private static final String SEAL = "0123456789abcdef0123456789abcdef";

    @Test
    void defaults() {
        RedisConfig config = Settings.read(RedisConfig::read);

        assertThat(config)
                .isEqualTo(new RedisConfig(
                        Optional.empty(),
                        new Secret(""),
                        Optional.empty(),
                        "percolate",
                        Duration.ofMillis(5),
                        Duration.ofDays(1)));
        assertThat(config.isPresent()).isFalse();
    }

    @Test
    void everyKeyIsMapped(@TempDir Path folder) throws Exception {
        Path ca = Files.writeString(folder.resolve("ca.pem"), "certificates");

        RedisConfig config = Settings.read(
                RedisConfig::read,
                "GATEWAY_REDIS_URL",
                "rediss://me:secret@cache:1",
                "GATEWAY_REDIS_SEAL_SECRET",
                SEAL,
                "GATEWAY_REDIS_CA_FILE",
                ca.toString(),
                "GATEWAY_REDIS_PREFIX",
                "p",
                "GATEWAY_REDIS_DEADLINE",
                "7ms",
                "GATEWAY_REDIS_ROUTES_TTL",
                "8h");

        assertThat(config)
                .isEqualTo(new RedisConfig(
                        Optional.of(RedisUrl.parse("rediss://me:secret@cache:1")),
                        new Secret(SEAL),
                        Optional.of(ca),
                        "p",
                        Duration.ofMillis(7),
                        Duration.ofHours(8)));
        assertThat(config.toString()).doesNotContain("secret@").doesNotContain(SEAL);
    }

    @Test
    void aUrlNeedsASealOfEnoughBytesAndIsNeverRepeated() {
        assertThatThrownBy(() -> Settings.read(
                        RedisConfig::read,
                        "GATEWAY_REDIS_URL",
                        "rediss://me:pass word@cache",
                        "GATEWAY_REDIS_SEAL_SECRET",
                        "short"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("GATEWAY_REDIS_URL")
                .hasMessageContaining("GATEWAY_REDIS_SEAL_SECRET: expected at least 32 bytes, got 5")
                .hasMessageNotContaining("pass word");
        assertThatThrownBy(() -> Settings.read(RedisConfig::read, "GATEWAY_REDIS_URL", "redis://cache"))
                .hasMessageContaining("GATEWAY_REDIS_SEAL_SECRET: expected at least 32 bytes, got 0");
        assertThatThrownBy(() -> Settings.read(RedisConfig::read, "GATEWAY_REDIS_URL", "http://cache"))
                .hasMessageContaining("expected a URL that begins with one of redis, rediss");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            redis://cache                                | cache:6379                   | false | false
            rediss://u:p@cache:7000/3                    | cache:7000                   | true  | false
            redis-sentinel://p@a:26379,b:26380/0#primary | a:26379,b:26380#primary      | false | false
            rediss-sentinel://a:26379/0#primary          | a:26379#primary              | true  | false
            redis-cluster://u:p@a:7000,b:7001            | a:7000,b:7001                | false | true
            rediss-cluster://a:7000,b:7001,c:7002        | a:7000,b:7001,c:7002         | true  | true
            """)
    void urls(String text, String shown, boolean tls, boolean cluster) {
        RedisUrl url = RedisUrl.parse(text);

        assertThat(url).hasToString(shown);
        assertThat(url.isTls()).isEqualTo(tls);
        assertThat(url.cluster()).isEqualTo(cluster);
    }
}
