package io.percolate.gateway.proxy.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two gateways of two regions on one database, and one pod that stands for all: pods, services and shards. */
class PlacementStrategiesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    static Path folder;

    private static Surroundings surroundings;
    private static GatewayProcess eu;
    private static GatewayProcess us;
    private static HttpClient client;

    @BeforeAll
    static void start() throws IOException {
        surroundings = new Surroundings(folder);
        String port = value("SELECT port FROM pods WHERE id = 'a-0'");
        surroundings.database.execute("""
                INSERT INTO regions (id) VALUES ('eu'), ('us'), ('nowhere'), ('astray'), ('down');
                INSERT INTO shards (id, shard_group, region) VALUES ('s-0', 'g', 'eu'), ('s-1', 'g', 'eu');
                INSERT INTO pods (id, tier, host, port, capacity, shard_id) VALUES
                    ('c-0', 'C', '127.0.0.1', %1$s, 1, 's-0'), ('c-1', 'C', 'localhost', %1$s, 1, 's-1');
                """.formatted(port));
        eu = gateway("eu", port);
        us = gateway("us", port);
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        surroundings.database.execute("""
                UPDATE regions SET gateway_url = '%s' WHERE id = 'eu';
                UPDATE regions SET gateway_url = '%s' WHERE id IN ('us', 'astray');
                UPDATE regions SET gateway_url = 'http://127.0.0.1:1' WHERE id = 'down';
                """.formatted(url(eu), url(us)));
    }

    @AfterAll
    static void stop() {
        client.close();
        eu.stop().block();
        us.stop().block();
        surroundings.close();
    }

    private static GatewayProcess gateway(String region, String servicePort) {
        Map<String, String> environment = new HashMap<>(surroundings.environment());
        environment.put("GATEWAY_REGION", region);
        environment.put("GATEWAY_REGION_SECRET", "a-secret-of-all-gateways-32-bytes-long");
        environment.put("GATEWAY_EDGE_EVENT_LOOPS", "1");
        environment.put("GATEWAY_PLACEMENT_TIER_B", "service");
        environment.put("GATEWAY_PLACEMENT_SERVICE_TIER_B", "127.0.0.1:" + servicePort);
        environment.put("GATEWAY_PLACEMENT_TIER_C", "shard_key");
        environment.put("GATEWAY_PLACEMENT_SHARD_GROUP_TIER_C", "g");
        environment.put("GATEWAY_PLACEMENT_SHARD_KEY", "header");
        // Nothing beats for the pods of this test.
        environment.put("GATEWAY_TOPOLOGY_HEARTBEAT_MAX", "1h");
        return GatewayProcess.start(GatewayConfig.load(ConfigSource.of(environment)));
    }

    @Test
    void aRequestForAnotherRegionIsPassedOnOnceWithItsTokenAndNothingThatAClientMadeUp() {
        TenantId tenant = hotTenantOf("us");

        HttpResponse<String> passed = until(eu, "/whoami", tenant, answer -> answer.statusCode() == 200);

        assertThat(passed.body())
                .contains("x-tenant-id: " + tenant, "x-placement-epoch: 1", "x-tenant-tier: A")
                .doesNotContain("x-placement-passed-by");
        assertThat(hops(passed)).isEqualTo(2);
        HttpResponse<String> spoofed = get(
                eu, "/whoami", tenant, "X-Placement-Passed-By", "us;eu;" + System.currentTimeMillis() / 1000 + ";x");
        assertThat(hops(spoofed)).as("a seal that no gateway made").isEqualTo(2);
        assertThat(hops(get(us, "/whoami", tenant))).isEqualTo(1);
    }

    @Test
    void aRequestThatWentAstrayStopsThere() {
        TenantId tenant = hotTenantOf("astray");

        HttpResponse<String> answer =
                until(eu, "/", tenant, astray -> astray.body().contains("region-disputed"));

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("retry-after")).isPresent();
    }

    @Test
    void aRegionThatCannotBeReachedIsToldApartFromAPod() {
        TenantId unreached = hotTenantOf("down");
        TenantId unknown = hotTenantOf("nowhere");

        assertThat(until(eu, "/", unreached, answer -> answer.statusCode() == 503)
                        .body())
                .contains("region-unavailable");
        assertThat(get(eu, "/", unknown).body()).contains("region-unavailable");
    }

    @Test
    void aRegionThatIsFailedOverIsServedByItsReplica() {
        surroundings.database.execute(
                "INSERT INTO regions (id, gateway_url, replica_region) VALUES ('old', '" + url(us) + "', 'eu')");
        TenantId tenant = hotTenantOf("old");
        until(eu, "/", tenant, answer -> answer.body().contains("region-disputed"));

        surroundings.database.execute("UPDATE regions SET failed_over = TRUE WHERE id = 'old'");

        assertThat(hops(until(eu, "/whoami", tenant, answer -> answer.statusCode() == 200)))
                .isEqualTo(1);
        assertThat(hops(until(us, "/whoami", tenant, answer -> answer.statusCode() == 200)))
                .isEqualTo(2);
    }

    @Test
    void aTierBehindAServiceNeedsNoPodAndNoEpoch() {
        TenantId tenant = tenant("B", "eu");

        HttpResponse<String> answer = get(eu, "/whoami", tenant, "X-Placement-Epoch", "7");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("x-tenant-id: " + tenant).doesNotContain("x-placement-epoch");
        assertThat(explained(tenant)).contains("\"strategy\" : \"service\"", "any pod behind the service of tier B");
    }

    @Test
    void aKeyInAFieldFindsItsShardAndAPinWins() {
        TenantId tenant = tenant("C", "eu");
        until(eu, "/whoami", tenant, answer -> answer.statusCode() == 200);
        for (int key = 0; key < 30; key++) {
            HttpResponse<String> answer = get(eu, "/whoami", tenant, "X-Shard-Key", "order:" + key);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).contains("x-shard-key: order:" + key).doesNotContain("x-placement-epoch");
        }
        assertThat(explained(tenant)).contains("\"strategy\" : \"shard_key\"", "the tenant's key maps to shard s-");

        surroundings.database.execute("UPDATE tenants SET shard_id = 's-1' WHERE id = '" + tenant + "'");
        await().atMost(PATIENCE).until(() -> explained(tenant).contains("\"pod\" : \"c-1\""));
        assertThat(explained(tenant)).contains("is where the tenant is pinned, in shard s-1");
        assertThat(get(eu, "/", tenant, "X-Shard-Key", "k".repeat(300)).body()).contains("shard-key-invalid");
    }

    private static String url(GatewayProcess gateway) {
        InetSocketAddress address = gateway.edgeAddress();
        return "http://127.0.0.1:" + address.getPort();
    }

    private static TenantId hotTenantOf(String region) {
        TenantId tenant = surroundings.hotTenant();
        surroundings.database.execute("UPDATE tenants SET region = '" + region + "' WHERE id = '" + tenant + "'");
        return tenant;
    }

    private static TenantId tenant(String tier, String region) {
        TenantId tenant = new TenantId(UUID.randomUUID());
        surroundings.database.execute("INSERT INTO tenants (id, email, tier, region) VALUES ('" + tenant + "', '"
                + tenant + "@example.com', '" + tier + "', '" + region + "')");
        return tenant;
    }

    /** How many gateways it has come through. */
    private static long hops(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body().split("1\\.1 percolate", -1).length - 1L;
    }

    private static String explained(TenantId tenant) {
        return send(URI.create("http://127.0.0.1:" + eu.opsAddress().getPort() + "/routes/" + tenant), tenant)
                .body();
    }

    /** The first answer that is as expected; gateways hear of what the test has changed in their own time. */
    private static HttpResponse<String> until(
            GatewayProcess gateway, String path, TenantId tenant, Predicate<HttpResponse<String>> expected) {
        return await().atMost(PATIENCE).until(() -> get(gateway, path, tenant), expected);
    }

    private static HttpResponse<String> get(GatewayProcess gateway, String path, TenantId tenant, String... headers) {
        return send(URI.create(url(gateway) + path), tenant, headers);
    }

    private static HttpResponse<String> send(URI uri, TenantId tenant, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + surroundings.token(tenant));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.sendAsync(request.build(), BodyHandlers.ofString()).join();
    }

    private static String value(String sql) {
        try (var connection = surroundings.database.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return Objects.toString(rows.getString(1));
        } catch (SQLException failed) {
            throw new AssertionError(sql, failed);
        }
    }
}
