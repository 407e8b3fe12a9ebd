package io.percolate.gateway.routing.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.invalidation.NewsConfig;
import io.percolate.gateway.routing.stack.Settings;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DirectoryConfigTest {
    @Test
    void defaults() {
        assertThat(Settings.read(DirectoryConfig::read))
                .isEqualTo(new DirectoryConfig(
                        1_000_000,
                        Duration.ofHours(1),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(2),
                        Duration.ofMinutes(1),
                        Duration.ofSeconds(1),
                        256,
                        4));
        assertThat(Settings.read(NewsConfig::read))
                .isEqualTo(new NewsConfig(Duration.ofSeconds(2), Duration.ofSeconds(2), 250_000));
    }

    @Test
    void everyKeyIsMapped() {
        assertThat(Settings.read(
                        DirectoryConfig::read,
                        "GATEWAY_ROUTES_MAX",
                        "5",
                        "GATEWAY_ROUTES_STALE_MAX",
                        "2h",
                        "GATEWAY_ROUTES_UNKNOWN_TTL",
                        "7s",
                        "GATEWAY_ROUTES_REVALIDATE_AFTER",
                        "8s",
                        "GATEWAY_ROUTES_REFRESH_WITHIN",
                        "10s",
                        "GATEWAY_ROUTES_LOAD_TIMEOUT",
                        "9s",
                        "GATEWAY_ROUTES_BATCH_MAX",
                        "11",
                        "GATEWAY_ROUTES_QUERIES_MAX",
                        "12"))
                .isEqualTo(new DirectoryConfig(
                        5,
                        Duration.ofHours(2),
                        Duration.ofSeconds(7),
                        Duration.ofSeconds(8),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(9),
                        11,
                        12));
        assertThat(Settings.read(
                        NewsConfig::read,
                        "GATEWAY_ROUTES_PROBE_INTERVAL",
                        "1s",
                        "GATEWAY_ROUTES_PROBE_TIMEOUT",
                        "3s",
                        "GATEWAY_ROUTES_RESYNC_MAX",
                        "4"))
                .isEqualTo(new NewsConfig(Duration.ofSeconds(1), Duration.ofSeconds(3), 4));
    }
}
