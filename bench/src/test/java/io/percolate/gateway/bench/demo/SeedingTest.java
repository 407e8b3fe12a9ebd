package io.percolate.gateway.bench.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.bench.pod.TierPod;
import io.percolate.gateway.bench.pod.TierPodConfig;
import io.percolate.gateway.context.vault.S3TenantVault;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.S3Endpoint;
import io.percolate.gateway.fixtures.S3Fixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.Tier;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The roster through a real pod, with PostgreSQL and S3 behind it. */
final class SeedingTest {
    @TempDir
    Path folder;

    private TestDatabase database;
    private ManagementDatabase management;
    private S3TenantVault vault;
    private TierPod pod;
    private final Calls calls = new Calls();

    @BeforeEach
    void start() {
        database = PostgresFixture.freshDatabase();
        S3Endpoint s3 = S3Fixture.shared();
        Map<String, String> environment = new HashMap<>();
        environment.put("MANAGEMENT_DB_URL", database.url());
        environment.put("S3_CONTEXT_CACHE_BUCKET", S3Fixture.freshBucket());
        environment.put("GATEWAY_S3_ENDPOINT", s3.endpoint().toString());
        environment.put("GATEWAY_S3_REGION", s3.region());
        environment.put("GATEWAY_S3_ACCESS_KEY", s3.accessKey());
        environment.put("GATEWAY_S3_SECRET_KEY", s3.secretKey());
        environment.put("GATEWAY_S3_PATH_STYLE", "true");
        environment.put("GATEWAY_KEY_ENCRYPTION_KEY", DemoKeys.create(folder).keyEncryptionKey());
        environment.put("PERCOLATE_TENANT_TIER", "B");
        environment.put("PERCOLATE_POD_ID", "tier-b-0");
        environment.put("PERCOLATE_PORT", "0");
        environment.put("PERCOLATE_HEARTBEAT", "100ms");
        environment.put("PERCOLATE_DATA_DIR", folder.resolve("data").toString());
        ConfigReader reader = new ConfigReader(ConfigSource.of(environment));
        TierPodConfig config = TierPodConfig.read(reader);
        management = ManagementDatabase.open(DatabaseConfig.read(reader), "test", new SimpleMeterRegistry());
        vault = new S3TenantVault(S3TenantVault.Config.read(reader), management);
        reader.finish();
        pod = TierPod.start(config, Optional.of(management), Optional.of(vault));
    }

    @AfterEach
    void stop() {
        pod.close();
        vault.close();
        management.close().block(Duration.ofSeconds(10));
        calls.close();
        assertThat(row("SELECT status FROM pods")).isEqualTo("gone");
        database.close();
    }

    @Test
    void everyTenantGetsToItsResidencyAndColdOnesComeBackWithTheirData() {
        List<DemoTenant> tenants = DemoTenant.roster().stream()
                .filter(tenant -> tenant.tier() == Tier.B)
                .toList();
        DemoPod seat = new DemoPod("tier-b-0", Tier.B, pod.url());
        Seeding seeding = new Seeding(database, calls);
        Awaitility.await().until(() -> row("SELECT status FROM pods").equals("ready"));

        seeding.register(tenants);
        tenants.forEach(tenant -> seeding.settle(tenant, seat));

        for (DemoTenant tenant : tenants) {
            assertThat(row("SELECT upper(state) FROM tenant_states WHERE tenant_id = '" + tenant.id() + "'"))
                    .isEqualTo(tenant.residency().name());
        }
        DemoTenant cold = tenants.stream()
                .filter(tenant -> tenant.residency() == Residency.COLD)
                .findFirst()
                .orElseThrow();
        String location = row("SELECT rocksdb_location FROM tenant_states WHERE tenant_id = '" + cold.id() + "'");
        assertThat(location).startsWith("s3://");
        URI tenant = pod.url().resolve("/internal/tenants/" + cold.id());
        Map<String, String> headers =
                Map.of("X-Placement-Epoch", "2", "X-Tenant-Id", cold.id().toString());
        calls.send("PUT", tenant, headers, "{\"restore_from\": \"" + location + "\"}");
        Awaitility.await().until(() -> calls.glance(tenant).contains("\"hot\""));
        HttpResponse<String> greeting = calls.send("GET", pod.url().resolve("/kv/greeting"), headers, "");
        assertThat(greeting.body()).isEqualTo("Hello from " + cold.name());
    }

    private String row(String sql) {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }
}
