package io.percolate.gateway.bench.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.admin.main.ManagementConfig;
import io.percolate.gateway.admin.main.ManagementProcess;
import io.percolate.gateway.context.vault.S3TenantVault;
import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.S3Endpoint;
import io.percolate.gateway.fixtures.S3Fixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.proxy.main.GatewayConfig;
import io.percolate.gateway.proxy.main.GatewayProcess;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.token.TokenGrant;
import io.percolate.gateway.routing.token.TokenSigner;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Gateway and management over pods that are plain file servers with a sidecar. */
class SidecarEdgeTest {
    private static final String SECRET = "a-secret-of-more-than-32-bytes-for-tests";
    private static final String ADMIN = "writer-secret-0123456789-0123456789";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    @Test
    void aTenantSurvivesEvictionWakeAndHandOffToAnotherTierWithItsData() throws IOException {
        TenantId tenant = PodFixture.newTenant();
        S3Endpoint s3 = S3Fixture.shared();
        try (TestDatabase database = PostgresFixture.freshDatabase();
                HttpClient http = HttpClient.newHttpClient()) {
            Map<String, String> shared = Map.ofEntries(
                    Map.entry("MANAGEMENT_DB_URL", database.url()),
                    Map.entry("GATEWAY_DB_POOL_MIN", "0"),
                    Map.entry("GATEWAY_DB_CONNECT_TIMEOUT", "30s"),
                    Map.entry("GATEWAY_DB_ACQUIRE_TIMEOUT", "30s"),
                    Map.entry("GATEWAY_DB_STATEMENT_TIMEOUT", "30s"),
                    Map.entry("S3_CONTEXT_CACHE_BUCKET", S3Fixture.freshBucket()),
                    Map.entry("GATEWAY_S3_ENDPOINT", s3.endpoint().toString()),
                    Map.entry("GATEWAY_S3_REGION", s3.region()),
                    Map.entry("GATEWAY_S3_PATH_STYLE", "true"),
                    Map.entry("GATEWAY_S3_ACCESS_KEY", s3.accessKey()),
                    Map.entry("GATEWAY_S3_SECRET_KEY", s3.secretKey()),
                    Map.entry("GATEWAY_S3_ANSWER_TIMEOUT", "30s"),
                    Map.entry("GATEWAY_KEY_ENCRYPTION_KEY", "A".repeat(43) + "="));
            database.execute("INSERT INTO tenants (id, email, tier) VALUES ('" + tenant + "', 'a@example.com', 'B')");
            ManagementDatabase ofPods = ManagementDatabase.open(
                    DatabaseConfig.read(new ConfigReader(ConfigSource.of(shared))), "pods", new SimpleMeterRegistry());
            try (S3TenantVault vault = new S3TenantVault(
                            S3TenantVault.Config.read(new ConfigReader(ConfigSource.of(shared))), ofPods);
                    SidecarPod pod = pod("pod-b", "B", ofPods, vault);
                    SidecarPod other = pod("pod-a", "A", ofPods, vault);
                    PodCaller atPod = new PodCaller(pod.url());
                    PodCaller atOther = new PodCaller(other.url())) {
                GatewayProcess gateway = GatewayProcess.start(GatewayConfig.load(ConfigSource.of(with(
                        shared,
                        Map.of(
                                "GATEWAY_EDGE_HOST", "127.0.0.1",
                                "GATEWAY_EDGE_PORT", "0",
                                "GATEWAY_OPS_PORT", "0",
                                "GATEWAY_EDGE_DRAIN_DELAY", "0s",
                                "GATEWAY_EDGE_DRAIN_TIMEOUT", "1s",
                                "GATEWAY_JWT_HS256_SECRET", SECRET)))));
                ManagementProcess management =
                        ManagementProcess.start(ManagementConfig.read(new ConfigReader(ConfigSource.of(with(
                                shared,
                                Map.of(
                                        "GATEWAY_ADMIN_PORT",
                                        "0",
                                        "GATEWAY_ADMIN_STOP_GRACE",
                                        "1s",
                                        "GATEWAY_ADMIN_WRITE_TOKENS",
                                        "writer:" + ADMIN))))));
                try {
                    URI file = URI.create(
                            "http://127.0.0.1:" + gateway.edgeAddress().getPort() + "/kv/a");
                    await().atMost(PATIENCE)
                            .until(() -> send(http, request(file, tenant).PUT(BodyPublishers.ofString("kept")))
                                            .statusCode()
                                    == 204);
                    assertThat(state(atPod, tenant)).isEqualTo("hot");

                    evict(http, management, tenant);
                    assertThat(state(atPod, tenant)).isEqualTo("warm");
                    HttpResponse<String> meanwhile =
                            send(http, request(file, tenant).GET());
                    assertThat(meanwhile.headers().firstValue("X-Served-From"))
                            .as("what answers while it is woken")
                            .contains("context");
                    assertThat(meanwhile.body()).isEqualTo("kept");
                    awaitContent(http, file, tenant);
                    await().atMost(PATIENCE).until(() -> state(atPod, tenant).equals("hot"));

                    evict(http, management, tenant);
                    database.execute("UPDATE tenants SET tier = 'A' WHERE id = '" + tenant + "'");
                    await().atMost(PATIENCE).until(() -> {
                        send(http, request(file, tenant).GET());
                        return state(atOther, tenant).equals("hot");
                    });
                    awaitContent(http, file, tenant);
                } finally {
                    gateway.stop().block();
                    management.close();
                }
            } finally {
                ofPods.close().block();
            }
        }
    }

    /** Its context is what the application answers to one of its own requests. */
    private SidecarPod pod(String id, String tier, ManagementDatabase database, TenantVault vault) throws IOException {
        return SidecarPod.start(
                folder.resolve(id),
                Optional.of(database),
                Optional.of(vault),
                Map.of(
                        "PERCOLATE_POD_ID",
                        id,
                        "PERCOLATE_TENANT_TIER",
                        tier,
                        "SIDECAR_HOOK_CONTEXT",
                        "{application}/{tenant}/kv/a"));
    }

    private static void evict(HttpClient http, ManagementProcess management, TenantId tenant) {
        URI call = URI.create("http://127.0.0.1:" + management.port() + "/v1/tenants/" + tenant + "/evict");
        await().atMost(PATIENCE)
                .until(() -> send(
                                        http,
                                        HttpRequest.newBuilder(call)
                                                .header("Authorization", "Bearer " + ADMIN)
                                                .POST(BodyPublishers.noBody()))
                                .statusCode()
                        == 200);
    }

    private static void awaitContent(HttpClient http, URI file, TenantId tenant) {
        await().atMost(PATIENCE)
                .until(() -> send(http, request(file, tenant).GET()).body().equals("kept"));
    }

    private static String state(PodCaller pod, TenantId tenant) {
        return pod.view(tenant).path("state").stringValue();
    }

    private static HttpRequest.Builder request(URI uri, TenantId tenant) {
        String token = TokenSigner.of(new Secret(SECRET), Clock.systemUTC())
                .sign(new TokenGrant(tenant, "tenant_id", "test", Optional.empty(), List.of(), Duration.ofMinutes(10)));
        return HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + token);
    }

    private static HttpResponse<String> send(HttpClient http, HttpRequest.Builder request) {
        return http.sendAsync(request.build(), BodyHandlers.ofString()).join();
    }

    private static Map<String, String> with(Map<String, String> shared, Map<String, String> more) {
        Map<String, String> all = new HashMap<>(shared);
        all.putAll(more);
        return all;
    }
}
