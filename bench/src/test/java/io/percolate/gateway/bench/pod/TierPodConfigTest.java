package io.percolate.gateway.bench.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TierPodConfigTest {
    @Test
    void defaults() {
        TierPodConfig config = TierPodConfig.read(new ConfigReader(ConfigSource.of(Map.of())));

        assertThat(config)
                .isEqualTo(new TierPodConfig(
                        config.id(),
                        Tier.C,
                        20,
                        "default",
                        "127.0.0.1",
                        "127.0.0.1",
                        8000,
                        Path.of("data"),
                        false,
                        16L << 30,
                        Duration.ZERO,
                        Duration.ofSeconds(2),
                        Optional.empty()));
        assertThat(config.id().value()).startsWith("pod-");
    }

    @Test
    void everyKey() {
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.ofEntries(
                Map.entry("PERCOLATE_TENANT_TIER", "A"),
                Map.entry("PERCOLATE_MAX_HOT_TENANTS", "5"),
                Map.entry("PERCOLATE_POD_ID", "tier-a-0"),
                Map.entry("PERCOLATE_REGION", "eu"),
                Map.entry("PERCOLATE_HOST", "0.0.0.0"),
                Map.entry("PERCOLATE_ADVERTISED_HOST", "10.1.2.3"),
                Map.entry("PERCOLATE_PORT", "0"),
                Map.entry("PERCOLATE_DATA_DIR", "/data"),
                Map.entry("PERCOLATE_DISK_RETURNS", "true"),
                Map.entry("PERCOLATE_RESTORE_MAX", "1GiB"),
                Map.entry("PERCOLATE_LOAD_DELAY", "300ms"),
                Map.entry("PERCOLATE_HEARTBEAT", "1s"),
                Map.entry("PERCOLATE_VERSION_LABEL", "v2"))));

        TierPodConfig config = TierPodConfig.read(reader);
        reader.finish();

        assertThat(config)
                .isEqualTo(new TierPodConfig(
                        new PodId("tier-a-0"),
                        Tier.A,
                        5,
                        "eu",
                        "0.0.0.0",
                        "10.1.2.3",
                        0,
                        Path.of("/data"),
                        true,
                        1L << 30,
                        Duration.ofMillis(300),
                        Duration.ofSeconds(1),
                        Optional.of("v2")));
    }
}
