package io.percolate.gateway.bench.pod;

import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Pods for tests. */
final class PodFixture {
    private PodFixture() {}

    static TierPod start(Path folder, Optional<TenantVault> vault, Map<String, String> more) throws IOException {
        return TierPod.start(config(folder, more), Optional.empty(), vault);
    }

    static TierPodConfig config(Path folder, Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "PERCOLATE_TENANT_TIER", "B",
                "PERCOLATE_POD_ID", "pod-of-test",
                "PERCOLATE_PORT", "0",
                "PERCOLATE_DATA_DIR", folder.toString()));
        environment.putAll(more);
        ConfigReader reader = new ConfigReader(ConfigSource.of(environment));
        TierPodConfig config = TierPodConfig.read(reader);
        reader.finish();
        return config;
    }

    static TenantId newTenant() {
        return new TenantId(UUID.randomUUID());
    }
}
