package io.percolate.gateway.proxy.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.context.store.ObjectName;
import io.percolate.gateway.context.store.S3ContextStore;
import io.percolate.gateway.context.vault.S3TenantVault;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.S3Endpoint;
import io.percolate.gateway.fixtures.S3Fixture;
import io.percolate.gateway.fixtures.TcpLink;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Two sidecars that keep contexts and snapshots in S3, which comes and goes. */
class SidecarVaultTest {
    private static final Duration STEP_MAX = Duration.ofSeconds(30);
    private static final String PRECIOUS = "the only copy of something precious";

    @TempDir
    static Path folder;

    private static TestDatabase database;
    private static TcpLink link;
    private static ManagementDatabase keys;
    private static S3TenantVault vault;
    private static S3ContextStore bucket;
    private static Application application;
    private static Sidecars one;
    private static Sidecars two;

    private final TenantId tenant = new TenantId(UUID.randomUUID());

    @BeforeAll
    static void start() {
        S3Endpoint s3 = S3Fixture.shared();
        database = PostgresFixture.freshDatabase();
        link = new TcpLink(s3.endpoint().getHost(), s3.endpoint().getPort());
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.ofEntries(
                Map.entry("MANAGEMENT_DB_URL", database.url()),
                Map.entry("GATEWAY_DB_POOL_MIN", "0"),
                Map.entry("S3_CONTEXT_CACHE_BUCKET", S3Fixture.freshBucket()),
                Map.entry("GATEWAY_S3_ENDPOINT", "http://" + link.host() + ":" + link.port()),
                Map.entry("GATEWAY_S3_REGION", s3.region()),
                Map.entry("GATEWAY_S3_PATH_STYLE", "true"),
                Map.entry("GATEWAY_S3_ACCESS_KEY", s3.accessKey()),
                Map.entry("GATEWAY_S3_SECRET_KEY", s3.secretKey()),
                Map.entry("GATEWAY_DB_CONNECT_TIMEOUT", "30s"),
                Map.entry("GATEWAY_DB_ACQUIRE_TIMEOUT", "30s"),
                Map.entry("GATEWAY_DB_STATEMENT_TIMEOUT", "30s"),
                Map.entry("GATEWAY_S3_CONNECT_TIMEOUT", "30s"),
                Map.entry("GATEWAY_S3_ANSWER_TIMEOUT", "30s"),
                Map.entry("GATEWAY_S3_ATTEMPTS_MAX", "1"),
                Map.entry("GATEWAY_KEY_ENCRYPTION_KEY", "A".repeat(43) + "="))));
        S3TenantVault.Config config = S3TenantVault.Config.read(reader);
        keys = ManagementDatabase.open(DatabaseConfig.read(reader), "sidecars of a test", new SimpleMeterRegistry());
        vault = new S3TenantVault(config, keys);
        bucket = new S3ContextStore(config.s3());
        application = new Application();
        one = sidecar("one");
        two = sidecar("two");
    }

    private static Sidecars sidecar(String name) {
        return new Sidecars(
                folder.resolve(name),
                Map.of(
                        "SIDECAR_APPLICATION_URL",
                        application.url(),
                        "SIDECAR_HOOK_CONTEXT",
                        application.url() + "/hooks/{tenant}/context",
                        "SIDECAR_CONTEXT_MAX",
                        "1KiB"),
                Optional.of(vault));
    }

    @AfterAll
    static void stop() {
        link.heal();
        one.close();
        two.close();
        application.close();
        bucket.close();
        vault.close();
        keys.close().block(STEP_MAX);
        link.close();
        database.close();
    }

    @BeforeEach
    void tell() {
        database.execute(
                "INSERT INTO tenants (id, email, tier) VALUES ('" + tenant + "', '" + tenant + "@example.com', 'C')");
        application.hooks.put("context", "what it is about");
    }

    @AfterEach
    void heal() {
        link.heal();
    }

    @Test
    void aTenantLeavesForS3SealedAndWakesFromThereElsewhere() throws IOException {
        one.load(tenant, 1, "");
        write("one", PRECIOUS);

        JsonNode left = json(one.control("DELETE", tenant, 1, "?keep=nothing", ""));
        String location = left.path("data_location").stringValue();
        two.load(tenant, 2, "{\"restore_from\": \"" + location + "\"}");

        assertThat(location).startsWith("s3://");
        assertThat(left.path("context_etag").isString()).isTrue();
        assertThat(folder.resolve("one").resolve(tenant.toString())).doesNotExist();
        assertThat(one.view(tenant)).contains("\"state\":\"absent\"");
        assertThat(file("two")).hasContent(PRECIOUS);
        assertThat(stored(new ObjectName.SnapshotOf(tenant, 1)))
                .isNotEmpty()
                .doesNotContain(PRECIOUS)
                .doesNotContain("file");
        assertThat(stored(new ObjectName.ContextOf(tenant))).isNotEmpty().doesNotContain("what it is about");
    }

    @Test
    void whileS3IsAwayNobodyLeavesAndTheReasonIsTold() throws IOException {
        one.load(tenant, 1, "");
        write("one", PRECIOUS);
        link.cut();

        HttpResponse<String> left = one.control("DELETE", tenant, 1, "?keep=nothing", "");
        assertThat(left.statusCode()).isEqualTo(503);
        assertThat(left.body()).contains("the eviction failed and was undone: ");
        assertThat(one.view(tenant)).contains("\"state\":\"hot\",\"epoch\":1");
        assertThat(one.send(one.request(tenant, 1, "/headers")).statusCode()).isEqualTo(200);
        assertThat(file("one")).hasContent(PRECIOUS);

        link.heal();
        assertThat(one.control("DELETE", tenant, 1, "", "").statusCode()).isEqualTo(200);
        link.cut();
        HttpResponse<String> snapshot = one.control("PUT", tenant, 1, "/snapshot", "");
        assertThat(snapshot.statusCode()).isEqualTo(503);
        assertThat(snapshot.body()).contains("the snapshot was not stored: ");
        assertThat(one.view(tenant)).contains("\"state\":\"warm\",\"epoch\":1");
        assertThat(file("one")).hasContent(PRECIOUS);

        link.heal();
        assertThat(one.control("PUT", tenant, 1, "/snapshot", "").statusCode()).isEqualTo(200);
    }

    @Test
    void whileS3IsAwayARestoreFailsAndWhatIsHereStays() throws IOException {
        two.load(tenant, 1, "");
        write("two", "of before");
        two.control("DELETE", tenant, 1, "", "");
        one.load(tenant, 2, "");
        write("one", PRECIOUS);
        String location = json(one.control("DELETE", tenant, 2, "?keep=nothing", ""))
                .path("data_location")
                .stringValue();
        String restore = "{\"restore_from\": \"" + location + "\"}";
        link.cut();

        two.control("PUT", tenant, 3, "", restore);
        two.awaitState(tenant, "failed");
        assertThat(two.view(tenant)).contains("\"epoch\":3").contains("\"error\":\"");
        assertThat(file("two")).hasContent("of before");
        assertThat(two.control("PUT", tenant, 2, "", "").statusCode()).isEqualTo(409);

        link.heal();
        two.load(tenant, 3, restore);
        assertThat(file("two")).hasContent(PRECIOUS);
    }

    @Test
    void aContextThatIsTooLongKeepsTheTenantHere() {
        one.load(tenant, 1, "");
        application.hooks.put("context", "x".repeat(2_000));

        HttpResponse<String> refused = one.control("DELETE", tenant, 1, "?keep=nothing", "");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("larger than 1024 bytes");
        assertThat(one.view(tenant)).contains("\"state\":\"hot\",\"epoch\":1");

        // Another pod takes it over at once, so that nobody will need a context.
        assertThat(one.control("DELETE", tenant, 1, "?context=skip", "").statusCode())
                .isEqualTo(200);
    }

    @Test
    void aHotTenantThatLivesElsewhereByNowIsDroppedAndReachesS3NoMore() throws IOException {
        one.load(tenant, 1, "");
        write("one", PRECIOUS);

        JsonNode dropped = json(one.control("DELETE", tenant, 2, "?keep=nothing", ""));

        assertThat(dropped.path("state").stringValue()).isEqualTo("absent");
        assertThat(dropped.path("data_location").isNull()).isTrue();
        assertThat(folder.resolve("one").resolve(tenant.toString())).doesNotExist();
        assertThat(bucket.head(new ObjectName.ContextOf(tenant))
                        .hasElement()
                        .onErrorReturn(false)
                        .block(STEP_MAX))
                .isFalse();
    }

    private void write(String sidecar, String text) throws IOException {
        Files.writeString(file(sidecar), text);
    }

    private Path file(String sidecar) {
        return folder.resolve(sidecar).resolve(tenant.toString()).resolve("file");
    }

    /** An object's own bytes. */
    private static String stored(ObjectName name) {
        byte[] bytes = bucket.get(name)
                .flatMapMany(S3ContextStore.Answer.Content::bytes)
                .reduce(ByteBuffer.allocate(1 << 20), ByteBuffer::put)
                .map(all -> Arrays.copyOf(all.array(), all.position()))
                .block(STEP_MAX);
        return new String(bytes == null ? new byte[0] : bytes, StandardCharsets.ISO_8859_1);
    }

    private static JsonNode json(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JsonMapper.shared().readTree(response.body());
    }
}
