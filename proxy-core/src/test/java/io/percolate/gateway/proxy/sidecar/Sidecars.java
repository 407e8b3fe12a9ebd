package io.percolate.gateway.proxy.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A sidecar for tests, and a client of it. */
final class Sidecars implements AutoCloseable {
    private static final Duration STEP_MAX = Duration.ofSeconds(30);

    final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Sidecar sidecar;

    Sidecars(Path folder, Map<String, String> settings) {
        this(folder, settings, Optional.empty());
    }

    Sidecars(Path folder, Map<String, String> settings, Optional<TenantVault> vault) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "SIDECAR_HOST", "127.0.0.1",
                "SIDECAR_PORT", "0",
                "SIDECAR_STOP_GRACE", "100ms",
                "SIDECAR_DATA_DIR", folder.toString()));
        environment.putAll(settings);
        ConfigReader reader = new ConfigReader(ConfigSource.of(environment));
        SidecarConfig config = SidecarConfig.read(reader);
        reader.finish();
        sidecar = Objects.requireNonNull(
                Sidecar.start(config, Optional.empty(), vault).block(STEP_MAX));
    }

    URI url() {
        return sidecar.url();
    }

    HttpRequest.Builder request(TenantId tenant, long epoch, String path) {
        return HttpRequest.newBuilder(url().resolve(path))
                .timeout(STEP_MAX)
                .header("X-Tenant-Id", tenant.toString())
                .header("X-Placement-Epoch", Long.toString(epoch));
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        return http.sendAsync(request.build(), BodyHandlers.ofString()).join();
    }

    HttpResponse<String> control(String method, TenantId tenant, long epoch, String rest, String body) {
        return send(HttpRequest.newBuilder(url().resolve("/internal/tenants/" + tenant + rest))
                .header("X-Placement-Epoch", Long.toString(epoch))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body)));
    }

    void load(TenantId tenant, long epoch, String body) {
        assertThat(control("PUT", tenant, epoch, "", body).statusCode()).isIn(200, 202);
        awaitState(tenant, "hot");
    }

    void awaitState(TenantId tenant, String state) {
        await().atMost(STEP_MAX).until(() -> view(tenant).contains("\"state\":\"" + state + "\""));
    }

    String view(TenantId tenant) {
        return control("GET", tenant, 1, "", "").body();
    }

    @Override
    public void close() {
        http.shutdownNow();
        sidecar.stop().block(STEP_MAX);
    }
}
