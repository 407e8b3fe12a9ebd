package io.percolate.gateway.bench.pod;

import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.proxy.sidecar.Sidecar;
import io.percolate.gateway.proxy.sidecar.SidecarConfig;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.postgres.Statements;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A pod of a plain file server and a sidecar that has no hooks. */
final class SidecarPod implements PodContractCases.PodUnderTest {
    private static final Duration STEP_MAX = Duration.ofSeconds(30);

    private final PlainFileServer application;
    private final Sidecar sidecar;

    private SidecarPod(PlainFileServer application, Sidecar sidecar) {
        this.application = application;
        this.sidecar = sidecar;
    }

    /** @param settings in which {@code {application}} stands for the application's address */
    static SidecarPod start(
            Path folder, Optional<Statements> database, Optional<TenantVault> vault, Map<String, String> settings)
            throws IOException {
        PlainFileServer application = new PlainFileServer(folder);
        Map<String, String> environment = new HashMap<>(Map.of(
                "PERCOLATE_TENANT_TIER", "B",
                "PERCOLATE_POD_ID", "pod-of-test",
                "SIDECAR_HOST", "127.0.0.1",
                "SIDECAR_PORT", "0",
                "SIDECAR_APPLICATION_URL", application.url(),
                "SIDECAR_PATH_PREFIX", "/{tenant}",
                "SIDECAR_STOP_GRACE", "100ms",
                "SIDECAR_DATA_DIR", folder.toString()));
        settings.forEach((key, value) -> environment.put(key, value.replace("{application}", application.url())));
        ConfigReader reader = new ConfigReader(ConfigSource.of(environment));
        SidecarConfig config = SidecarConfig.read(reader);
        reader.finish();
        return new SidecarPod(
                application,
                Objects.requireNonNull(Sidecar.start(config, database, vault).block(STEP_MAX)));
    }

    @Override
    public URI url() {
        return sidecar.url();
    }

    @Override
    public void close() {
        sidecar.stop().block(STEP_MAX);
        application.close();
    }
}
