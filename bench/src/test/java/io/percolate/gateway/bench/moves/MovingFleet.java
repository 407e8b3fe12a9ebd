package io.percolate.gateway.bench.moves;

import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.admin.main.ManagementConfig;
import io.percolate.gateway.admin.main.ManagementProcess;
import io.percolate.gateway.bench.pod.MemoryVault;
import io.percolate.gateway.bench.pod.TierPod;
import io.percolate.gateway.bench.pod.TierPodConfig;
import io.percolate.gateway.fixtures.LocalPort;
import io.percolate.gateway.fixtures.PostgresFixture;
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
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reference pods that register themselves, a gateway and a management process, all in this process, over PostgreSQL. */
public final class MovingFleet implements AutoCloseable {
    private static final String ADMIN = "moves-admin-secret-0123456789";
    private static final String SHARED_SECRET = "a-secret-of-more-than-32-bytes-for-tests";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TestDatabase database = PostgresFixture.freshDatabase();
    private final ManagementDatabase podDatabase;
    private final MemoryVault vault = new MemoryVault();
    private final Path folder;
    private final Map<String, TierPod> pods = new ConcurrentHashMap<>();
    private final Map<String, Integer> ports = new ConcurrentHashMap<>();
    private final ManagementProcess management;
    private final GatewayProcess gateway;
    private final TokenSigner signer = TokenSigner.of(new Secret(SHARED_SECRET), Clock.systemUTC());
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /**
     * @param podNames each begins with the letter of its tier
     * @param settings of gateway and management processes, beyond those of the fleet
     */
    public MovingFleet(Path folder, List<String> podNames, int capacity, Map<String, String> settings) {
        this.folder = folder;
        ConfigReader reader = new ConfigReader(ConfigSource.of(common()));
        podDatabase = ManagementDatabase.open(DatabaseConfig.read(reader), "pods", new SimpleMeterRegistry());
        podNames.parallelStream().forEach(name -> startPod(name, capacity));
        Map<String, String> control = common();
        control.putAll(Map.ofEntries(
                Map.entry("GATEWAY_ADMIN_HOST", "127.0.0.1"),
                Map.entry("GATEWAY_ADMIN_PORT", "0"),
                Map.entry("GATEWAY_ADMIN_WRITE_TOKENS", "moves:" + ADMIN),
                Map.entry("GATEWAY_ADMIN_STOP_GRACE", "1s"),
                Map.entry("GATEWAY_LIFECYCLE_ENABLED", "false"),
                Map.entry("MANAGEMENT_MIGRATION_INTERVAL", "50ms"),
                Map.entry("MANAGEMENT_MIGRATION_BACKOFF_MIN", "50ms"),
                Map.entry("MANAGEMENT_MIGRATION_BACKOFF_MAX", "500ms"),
                Map.entry("MANAGEMENT_POD_CHECK_INTERVAL", "100ms")));
        control.putAll(settings);
        Map<String, String> edge = common();
        edge.putAll(Map.ofEntries(
                Map.entry("S3_CONTEXT_CACHE_BUCKET", "none"),
                Map.entry("GATEWAY_S3_ENDPOINT", "http://127.0.0.1:1"),
                Map.entry("GATEWAY_S3_REGION", "us-east-1"),
                Map.entry("GATEWAY_S3_ACCESS_KEY", "none"),
                Map.entry("GATEWAY_S3_SECRET_KEY", "none"),
                Map.entry("GATEWAY_KEY_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
                Map.entry("GATEWAY_JWT_HS256_SECRET", SHARED_SECRET),
                Map.entry("GATEWAY_EDGE_HOST", "127.0.0.1"),
                Map.entry("GATEWAY_EDGE_PORT", "0"),
                Map.entry("GATEWAY_EDGE_DRAIN_DELAY", "0s"),
                Map.entry("GATEWAY_EDGE_DRAIN_TIMEOUT", "1s"),
                Map.entry("GATEWAY_OPS_HOST", "127.0.0.1"),
                Map.entry("GATEWAY_OPS_PORT", "0"),
                Map.entry("GATEWAY_OPS_ACCESS_LOG", "off"),
                Map.entry("GATEWAY_LIMITS_ENABLED", "false"),
                Map.entry("GATEWAY_COLD_RULES", "* /** -> hold"),
                Map.entry("GATEWAY_COLD_HOLD_LIMIT", "30s")));
        settings.forEach((key, value) -> {
            if (key.startsWith("GATEWAY_POD_")) {
                edge.put(key, value);
            }
        });
        CompletableFuture<GatewayProcess> started =
                CompletableFuture.supplyAsync(() -> GatewayProcess.start(GatewayConfig.load(ConfigSource.of(edge))));
        management = ManagementProcess.start(ManagementConfig.read(new ConfigReader(ConfigSource.of(control))));
        gateway = started.join();
    }

    private Map<String, String> common() {
        return new HashMap<>(Map.of(
                "MANAGEMENT_DB_URL", database.url(),
                "GATEWAY_DB_POOL_MIN", "0",
                // Machines that run many tests at once are slow, which is not what is tested.
                "GATEWAY_DB_ACQUIRE_TIMEOUT", "20s",
                "GATEWAY_DB_STATEMENT_TIMEOUT", "20s",
                "GATEWAY_DB_CONNECT_TIMEOUT", "20s",
                "GATEWAY_POD_CALL_TIMEOUT", "10s"));
    }

    /** A pod of this name, with the folder and the address of the last one of this name. */
    public void startPod(String name, int capacity) {
        int port = ports.computeIfAbsent(name, unused -> LocalPort.free());
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of(
                "PERCOLATE_POD_ID",
                name,
                "PERCOLATE_TENANT_TIER",
                name.substring(0, 1).toUpperCase(Locale.ROOT),
                "PERCOLATE_MAX_HOT_TENANTS",
                Integer.toString(capacity),
                "PERCOLATE_PORT",
                Integer.toString(port),
                "PERCOLATE_DATA_DIR",
                folder.resolve(name).toString(),
                "PERCOLATE_DISK_RETURNS",
                "true",
                "PERCOLATE_VERSION_LABEL",
                "v1",
                "PERCOLATE_HEARTBEAT",
                "200ms")));
        pods.put(name, TierPod.start(TierPodConfig.read(reader), Optional.of(podDatabase), Optional.of(vault)));
    }

    /** Neither beats nor answers from now on; its disk stays. */
    public void stopPod(String name) {
        Objects.requireNonNull(pods.remove(name)).close();
    }

    public TestDatabase database() {
        return database;
    }

    public URI podUrl(String name) {
        return Objects.requireNonNull(pods.get(name)).url();
    }

    public URI managementUrl() {
        return URI.create("http://127.0.0.1:" + management.port());
    }

    public String adminToken() {
        return ADMIN;
    }

    /** A tenant that was never anywhere. */
    public TenantId newTenant(String tier) {
        return newTenant(tier, new TenantId(UUID.randomUUID()));
    }

    public TenantId newTenant(String tier, TenantId tenant) {
        database.execute("INSERT INTO tenants (id, email, tier) VALUES ('" + tenant + "', '" + tenant
                + "@example.org', '" + tier + "')");
        return tenant;
    }

    /** New ones, hot in this pod, each with a value of its own. */
    public List<TenantId> newTenantsIn(String pod, int count) {
        String tier = pod.substring(0, 1).toUpperCase(Locale.ROOT);
        String others = " WHERE tier = '" + tier + "' AND id <> '" + pod + "' AND status = ";
        database.execute("UPDATE pods SET status = 'draining'" + others + "'ready'");
        List<TenantId> tenants =
                Stream.generate(() -> newTenant(tier)).limit(count).toList();
        tenants.forEach(this::keep);
        database.execute("UPDATE pods SET status = 'ready'" + others + "'draining'");
        return tenants;
    }

    /** A request of the tenant through the gateway. */
    public HttpResponse<String> ask(TenantId tenant, String method, String path, String body) {
        String token = signer.sign(
                new TokenGrant(tenant, "tenant_id", "test", Optional.empty(), List.of(), Duration.ofHours(1)));
        return send(HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateway.edgeAddress().getPort() + path))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + token)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build());
    }

    /** Makes the tenant hot with something of its own; again where a machine that is busy was too slow to look it up. */
    public void keep(TenantId tenant) {
        await().atMost(PATIENCE)
                .until(() -> ask(tenant, "PUT", "/kv/kept", "of " + tenant).statusCode() / 100 == 2);
    }

    public String kept(TenantId tenant) {
        return ask(tenant, "GET", "/kv/kept", "").body();
    }

    /** What the management API answers; fails where it refuses. */
    public JsonNode api(String method, String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(managementUrl().resolve(path))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + ADMIN)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        HttpResponse<String> answer = send(request.build());
        if (answer.statusCode() / 100 != 2) {
            throw new AssertionError(method + " " + path + ": " + answer.statusCode() + " " + answer.body());
        }
        return JsonMapper.shared().readTree(answer.body());
    }

    public String get(URI uri) {
        return send(HttpRequest.newBuilder(uri).timeout(PATIENCE).build()).body();
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (IOException failed) {
            throw new UncheckedIOException(request.method() + " " + request.uri(), failed);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ended);
        }
    }

    /** The one value that a query answers; empty where there is no row or it is null. */
    public String value(String sql) {
        try (var connection = database.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            return rows.next() ? Objects.requireNonNullElse(rows.getString(1), "") : "";
        } catch (SQLException refused) {
            throw new AssertionError(sql, refused);
        }
    }

    public String state(TenantId tenant, String column) {
        return value("SELECT " + column + " FROM tenant_states WHERE tenant_id = '" + tenant + "'");
    }

    @Override
    public void close() {
        gateway.stop().block();
        management.close();
        pods.values().forEach(TierPod::close);
        podDatabase.close().block();
        database.close();
        http.close();
    }
}
