package io.percolate.gateway.proxy.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.config.Secret;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OpsConfigTest {
    @Test
    void pinsDefaults() {
        assertThat(OpsConfig.read(new ConfigReader(ConfigSource.of(Map.of()))))
                .isEqualTo(new OpsConfig("0.0.0.0", 9090, Optional.empty(), Duration.ofSeconds(2)));
    }

    @Test
    void mapsEveryKey() {
        Map<String, String> environment = Map.of(
                "GATEWAY_OPS_HOST", "127.0.0.1",
                "GATEWAY_OPS_PORT", "0",
                "GATEWAY_OPS_TOKEN", "s3cret",
                "GATEWAY_OPS_LIVENESS_DEADLINE", "500ms");
        ConfigReader reader = new ConfigReader(ConfigSource.of(environment));

        assertThat(OpsConfig.read(reader))
                .isEqualTo(new OpsConfig("127.0.0.1", 0, Optional.of(new Secret("s3cret")), Duration.ofMillis(500)));
        reader.finish();
    }
}
