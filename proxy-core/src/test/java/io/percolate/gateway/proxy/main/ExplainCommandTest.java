package io.percolate.gateway.proxy.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.fixtures.RedisFixture;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A running gateway is asked; it shares its routes through Redis. */
class ExplainCommandTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    static Path folder;

    private static Surroundings surroundings;
    private static Map<String, String> environment;
    private static GatewayProcess gateway;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void start() throws IOException {
        surroundings = new Surroundings(folder);
        environment = new HashMap<>(surroundings.environment());
        environment.putAll(Map.of(
                "GATEWAY_REDIS_URL",
                RedisFixture.shared(),
                "GATEWAY_REDIS_SEAL_SECRET",
                "s".repeat(32),
                "GATEWAY_REDIS_PREFIX",
                "explain-" + UUID.randomUUID(),
                "GATEWAY_REDIS_DEADLINE",
                "1s",
                "GATEWAY_TENANT_HEADERS",
                "X-Tenant-Schema=schema,X-Tenant-Rps=requests-per-second"));
        gateway = GatewayProcess.start(GatewayConfig.load(ConfigSource.of(environment)));
    }

    @AfterAll
    static void stop() {
        gateway.stop().block();
        surroundings.close();
    }

    @Test
    void explainsATokenToPeopleAndToPrograms() {
        TenantId tenant = surroundings.hotTenant();
        String token = surroundings.token(tenant);

        assertThat(explain(gateway, "--token", token)).as(err.toString()).isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .contains("action", "forward", "a-0", tenant.toString(), "keys_of", "ES256")
                .doesNotContain(token.substring(token.lastIndexOf('.') + 1));

        assertThat(explain(gateway, "--json", "--token", token)).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("\"action\" : \"forward\"");
        assertThat(explain(gateway, "--tenant", tenant.toString())).isEqualTo(ExitCode.OK);
    }

    @Test
    void itsExitCodeSaysWhatWouldBecomeOfARequest() {
        assertThat(explain(gateway, "--token", surroundings.token(new TenantId(UUID.randomUUID()))))
                .isEqualTo(ExitCode.REFUSED);
        assertThat(out.toString()).contains("tenant_unknown");
        assertThat(explain(gateway, "--token", "nonsense")).isEqualTo(ExitCode.REFUSED);
        assertThat(explain(gateway, "--tenant", "nonsense")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("400", "expected a tenant's UUID");
        assertThat(run("--token", "x", "--url", "http://127.0.0.1:1")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("cannot be asked");
        assertThat(run()).isEqualTo(ExitCode.USAGE);
    }

    /** The second gateway has the same Redis, and finds what the first has loaded. */
    @Test
    void aGatewayThatStartsFindsInRedisWhatAnotherHasLoaded() throws Exception {
        TenantId tenant = surroundings.hotTenant();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(ops(gateway, "/ready")).contains("routes and keys are shared"));
        assertThat(explain(gateway, "--tenant", tenant.toString())).isEqualTo(ExitCode.OK);
        GatewayProcess second = GatewayProcess.start(GatewayConfig.load(ConfigSource.of(environment)));
        try {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(ops(second, "/ready")).contains("routes and keys are shared"));

            assertThat(explain(second, "--tenant", tenant.toString())).isEqualTo(ExitCode.OK);

            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(ops(second, "/metrics"))
                            .containsPattern("router_redis_routes_total\\{outcome=\"hit\"\\} 1"));
        } finally {
            second.stop().block();
        }
    }

    @Test
    void aPodIsToldOfTheTenantWhatIsConfiguredAndNothingThatAClientMadeUp() throws Exception {
        TenantId tenant = surroundings.hotTenant();
        surroundings.database.execute("INSERT INTO tenant_limits (tenant_id, requests_per_second) VALUES ('" + tenant
                + "', 25); UPDATE tenants SET schema_name = 'acme' WHERE id = '" + tenant + "'");

        try (HttpClient client = HttpClient.newHttpClient()) {
            String seen = client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                            + gateway.edgeAddress().getPort() + "/"))
                                    .header("Authorization", "Bearer " + surroundings.token(tenant))
                                    .header("X-Tenant-Schema", "spoofed")
                                    .header("X_Tenant_Rps", "spoofed")
                                    .build(),
                            BodyHandlers.ofString())
                    .body();

            assertThat(seen)
                    .contains("x-tenant-schema: acme\n", "x-tenant-rps: 25\n")
                    .doesNotContain("spoofed");
        }
    }

    private static String ops(GatewayProcess of, String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                            + of.opsAddress().getPort() + path))
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
        }
    }

    private int explain(GatewayProcess of, String... arguments) {
        String[] all = new String[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--url";
        all[arguments.length + 1] = "http://127.0.0.1:" + of.opsAddress().getPort();
        return run(all);
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return new CommandLine(new ExplainCommand(Map.of()))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
