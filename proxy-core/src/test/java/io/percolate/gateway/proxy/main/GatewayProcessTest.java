package io.percolate.gateway.proxy.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.schema.SchemaException;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GatewayProcessTest {
    @TempDir
    static Path folder;

    private static Surroundings surroundings;
    private static GatewayProcess gateway;
    private static HttpClient client;

    @BeforeAll
    static void start() throws IOException {
        surroundings = new Surroundings(folder);
        gateway = start(Map.of());
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    @AfterAll
    static void stop() {
        client.close();
        gateway.stop().block();
        surroundings.close();
    }

    private static GatewayProcess start(Map<String, String> changes) {
        Map<String, String> environment = new HashMap<>(surroundings.environment());
        environment.putAll(changes);
        return GatewayProcess.start(GatewayConfig.load(ConfigSource.of(environment)));
    }

    @Test
    void isReadyOnceStarted() {
        assertThat(gateway.isReady()).isTrue();
        assertThat(get(gateway.opsAddress(), "/ready", null).statusCode()).isEqualTo(200);
        assertThat(get(gateway.opsAddress(), "/health", null).statusCode()).isEqualTo(200);
    }

    @Test
    void bringsARequestToItsTenantsPod() {
        TenantId tenant = surroundings.hotTenant();

        HttpResponse<String> answer = get(gateway.edgeAddress(), "/", surroundings.token(tenant));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body())
                .contains("x-tenant-id: " + tenant, "x-tenant-tier: A", "x-placement-epoch: 1", "x-request-id: ");
    }

    @Test
    void refusesWhoHasNoTokenAndWhoIsUnknown() {
        HttpResponse<String> anonymous = get(gateway.edgeAddress(), "/", null);
        HttpResponse<String> stranger =
                get(gateway.edgeAddress(), "/", surroundings.token(new TenantId(UUID.randomUUID())));

        assertThat(anonymous.statusCode()).isEqualTo(401);
        assertThat(anonymous.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(stranger.statusCode()).isEqualTo(403);
    }

    @Test
    void explainsTheRouteThatARequestTook() {
        TenantId tenant = surroundings.hotTenant();
        get(gateway.edgeAddress(), "/", surroundings.token(tenant));

        assertThat(get(gateway.opsAddress(), "/routes/" + tenant, null).body())
                .contains("\"cached\" : true", "\"action\" : \"forward\"", "\"pod\" : \"a-0\"");
    }

    @Test
    void countsWhatItServed() {
        TenantId tenant = surroundings.hotTenant();
        get(gateway.edgeAddress(), "/", surroundings.token(tenant));

        await().untilAsserted(() -> assertThat(
                        get(gateway.opsAddress(), "/metrics", null).body())
                .contains("router_requests_total{answered_by=\"pod\",status=\"2xx\",tier=\"A\"}")
                .contains("router_request_duration_seconds_bucket{answered_by=\"pod\",tier=\"A\"")
                .contains("router_active_connections")
                .contains("router_tenant_requests{tenant=\"" + tenant + "\"} 1.0")
                .contains("netty_eventexecutor_tasks_pending")
                .contains("jvm_memory_used_bytes"));
    }

    @Test
    void recordsWhenATenantWasServed() {
        TenantId tenant = surroundings.hotTenant();
        get(gateway.edgeAddress(), "/", surroundings.token(tenant));

        await().until(() -> one("SELECT last_access_at > now() - interval '1 hour' FROM tenant_states"
                        + " WHERE tenant_id = '" + tenant + "'")
                .equals("t"));
    }

    @Test
    void flushesItsCachesWhenAsked() throws IOException, InterruptedException {
        TenantId tenant = surroundings.hotTenant();
        get(gateway.edgeAddress(), "/", surroundings.token(tenant));

        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(uri(gateway.opsAddress(), "/caches/flush"))
                        .POST(HttpRequest.BodyPublishers.ofString("{\"tenant\": \"" + tenant + "\"}"))
                        .build(),
                BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"routes\" : 1", "\"tokens\" : 1", "\"context\" : 0");
    }

    @Test
    void takesPartInFlushesOfTheFleet() {
        surroundings.database.execute("INSERT INTO cache_flushes (scope, caches) VALUES ('all', '{tokens}')");

        await().until(() ->
                one("SELECT count(*) > 0 FROM cache_flush_confirmations").equals("t"));
    }

    @Test
    void drainsWithoutLosingARequestAndLeavesTheFleet() {
        GatewayProcess leaving = start(Map.of());
        TenantId tenant = surroundings.hotTenant();
        String opsPort = String.valueOf(leaving.opsAddress().getPort());
        assertThat(one("SELECT count(*) FROM gateways WHERE ops_port = " + opsPort))
                .isEqualTo("1");
        CompletableFuture<HttpResponse<String>> slow = client.sendAsync(
                request(leaving.edgeAddress(), "/slow", surroundings.token(tenant)), BodyHandlers.ofString());
        await().until(() -> surroundings.slowArrived.getCount() == 0);

        CompletableFuture<@Nullable Void> stopped = leaving.stop().toFuture();
        await().until(() -> get(leaving.opsAddress(), "/ready", null).statusCode() == 503);
        surroundings.slowMayEnd.countDown();

        assertThat(slow.join().statusCode()).isEqualTo(200);
        stopped.orTimeout(30, TimeUnit.SECONDS).join();
        assertThat(one("SELECT count(*) FROM gateways WHERE ops_port = " + opsPort))
                .isEqualTo("0");
        assertThatThrownBy(() -> get(leaving.edgeAddress(), "/", null)).isInstanceOf(AssertionError.class);
    }

    @Test
    void failsToStartWithoutPostgresOnceItsPatienceIsOver() {
        assertThatThrownBy(() -> start(Map.of(
                        "MANAGEMENT_DB_URL", "postgresql://nobody:none@127.0.0.1:1/none",
                        "GATEWAY_DB_STARTUP_WAIT", "700ms")))
                .isInstanceOf(DatabaseException.class);
    }

    @Test
    void refusesToStartOnADatabaseWithoutItsSchema() {
        String url = surroundings.database.url();
        String template = url.substring(0, url.lastIndexOf('/')) + "/template1";

        assertThatThrownBy(() -> start(Map.of("MANAGEMENT_DB_URL", template)))
                .isInstanceOf(SchemaException.class)
                .hasMessageContaining("./gateway migrate");
    }

    @Test
    void failsToStartWhenTheEdgeCannotListen() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = String.valueOf(taken.getLocalPort());

            assertThatThrownBy(() -> start(Map.of("GATEWAY_EDGE_PORT", port))).hasMessageContaining("in use");
        }
    }

    @Test
    void closesTheEdgeAgainWhenTheOpsListenerCannotListen() throws IOException {
        String gateways = one("SELECT count(*) FROM gateways");
        String edgePort = freePort();
        String opsPort = String.valueOf(gateway.opsAddress().getPort());

        assertThatThrownBy(() -> start(Map.of("GATEWAY_EDGE_PORT", edgePort, "GATEWAY_OPS_PORT", opsPort)))
                .hasMessageContaining(opsPort);

        assertThat(one("SELECT count(*) FROM gateways")).isEqualTo(gateways);
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(edgePort)))
                .isInstanceOf(ConnectException.class);
    }

    private static String freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return String.valueOf(free.getLocalPort());
        }
    }

    private static String one(String sql) {
        try (Connection connection = surroundings.database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        } catch (SQLException refused) {
            throw new AssertionError(refused);
        }
    }

    private static URI uri(InetSocketAddress address, String path) {
        return URI.create("http://127.0.0.1:" + address.getPort() + path);
    }

    private static HttpRequest request(InetSocketAddress address, String path, @Nullable String token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(address, path)).timeout(Duration.ofSeconds(30));
        return (token == null ? request : request.header("Authorization", "Bearer " + token)).build();
    }

    private static HttpResponse<String> get(InetSocketAddress address, String path, @Nullable String token) {
        try {
            return client.send(request(address, path, token), BodyHandlers.ofString());
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }
}
