package io.percolate.gateway.bench.pod;

import io.percolate.gateway.context.vault.TenantVault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** A sidecar before a server that knows nothing of tenants. */
final class SidecarContractTest extends PodContractCases {
    @Override
    PodUnderTest start(Path folder, Optional<TenantVault> vault, Map<String, String> settings) throws IOException {
        return SidecarPod.start(folder, Optional.empty(), vault, settings);
    }
}
