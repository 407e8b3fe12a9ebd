package io.percolate.gateway.proxy.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GatewayConfigTest {
    private static final Path PAGE = Path.of("..", "docs", "configuration.md");

    @Test
    void isDescribedByThePageOfTheDocs() throws IOException {
        assertThat(Files.readString(PAGE))
                .as("docs/configuration.md: write it anew with ./gateway check-config --print-reference")
                .isEqualTo(GatewayConfig.referencePage());
    }

    @Test
    void describesEveryKeyInWords() {
        assertThat(GatewayConfig.referencePage()).doesNotContain("|  |\n");
    }

    @Test
    void pinsTheDefaultsOfTheDrain() {
        assertThat(DrainConfig.read(new ConfigReader(ConfigSource.of(Map.of()))))
                .isEqualTo(new DrainConfig(Duration.ZERO, Duration.ofSeconds(25)));
    }

    @Test
    void mapsTheKeysOfTheDrain() {
        ConfigReader reader = new ConfigReader(
                ConfigSource.of(Map.of("GATEWAY_EDGE_DRAIN_DELAY", "5s", "GATEWAY_EDGE_DRAIN_TIMEOUT", "1m")));

        assertThat(DrainConfig.read(reader)).isEqualTo(new DrainConfig(Duration.ofSeconds(5), Duration.ofMinutes(1)));
        reader.finish();
    }
}
