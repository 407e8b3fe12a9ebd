package io.percolate.gateway.admin.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.CommandLines;
import io.percolate.gateway.admin.testing.CommandLines.Run;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.S3Endpoint;
import io.percolate.gateway.fixtures.S3Fixture;
import io.percolate.gateway.fixtures.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContextCommandTest {
    private static final String KEY = Base64.getEncoder().encodeToString(new byte[32]);

    private static TestDatabase database;
    private static Map<String, String> variables;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        database = PostgresFixture.freshDatabase();
        S3Endpoint s3 = S3Fixture.shared();
        variables = Map.of(
                "MANAGEMENT_DB_URL", database.url(),
                "S3_CONTEXT_CACHE_BUCKET", S3Fixture.freshBucket(),
                "GATEWAY_S3_ENDPOINT", s3.endpoint().toString(),
                "GATEWAY_S3_REGION", s3.region(),
                "GATEWAY_S3_PATH_STYLE", "true",
                "GATEWAY_S3_ACCESS_KEY", s3.accessKey(),
                "GATEWAY_S3_SECRET_KEY", s3.secretKey(),
                "GATEWAY_KEY_ENCRYPTION_KEY", KEY,
                "GATEWAY_DB_POOL_MIN", "0");
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @Test
    void opensWhatItHasSealed() throws IOException {
        String tenant = newTenant("node_based");
        byte[] content = new byte[300_000];
        new Random(7).nextBytes(content);
        Path file = Files.write(folder.resolve("context.json"), content);
        Path back = folder.resolve("back");

        Run put = run("context", "put", "--tenant", tenant, "--content-type", "application/json", file.toString());
        Run get = run("context", "get", "--tenant", tenant, "-o", back.toString());
        Run head = run("context", "head", "--tenant", tenant);

        assertThat(put.exitCode()).as(put.err()).isZero();
        assertThat(put.out()).startsWith("stored ");
        assertThat(get.exitCode()).as(get.err()).isZero();
        assertThat(get.out()).contains("300000 bytes of application/json");
        assertThat(back).hasBinaryContent(content);
        assertThat(head.exitCode()).as(head.err()).isZero();
        assertThat(head.out()).contains("bytes opened: 300000", "epoch: 0", "security mode: node_based");
    }

    @Test
    void passesTheCiphertextOfMobileOnlyTenants() throws IOException {
        String tenant = newTenant("mobile_only");
        Path file = Files.writeString(folder.resolve("sealed"), "only a device can read this");
        Path back = folder.resolve("back");

        assertThat(run("context", "put", "--tenant", tenant, file.toString()).exitCode())
                .isZero();
        assertThat(run("context", "get", "--tenant", tenant, "-o", back.toString())
                        .exitCode())
                .isZero();

        assertThat(back).hasContent("only a device can read this");
    }

    @Test
    void doesNotReplaceWhatWasWrittenUnderANewerEpoch() throws IOException {
        String tenant = newTenant("node_based");
        database.execute("UPDATE tenant_states SET epoch = 5 WHERE tenant_id = '" + tenant + "'");
        Path file = Files.writeString(folder.resolve("new"), "new");
        run("context", "put", "--tenant", tenant, file.toString());
        database.execute("UPDATE tenant_states SET epoch = 4 WHERE tenant_id = '" + tenant + "'");

        Run put = run("context", "put", "--tenant", tenant, file.toString());

        assertThat(put.exitCode()).isEqualTo(1);
        assertThat(put.err()).contains("epoch 5").doesNotContain("\tat ");
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        String tenant = newTenant("node_based");

        Run nobody = run("context", "put", "--tenant", UUID.randomUUID().toString(), file.toString());
        Run nothing = run("context", "get", "--tenant", tenant);
        Run malformed = run("context", "head", "--tenant", "42");
        Run noFile = run(
                "context", "put", "--tenant", tenant, folder.resolve("absent").toString());
        Map<String, String> incomplete = new HashMap<>(variables);
        incomplete.remove("S3_CONTEXT_CACHE_BUCKET");
        Run unconfigured =
                CommandLines.run(ManagementMain.commandLine(incomplete), "context", "head", "--tenant", tenant);

        assertThat(nobody.exitCode()).isEqualTo(1);
        assertThat(nobody.err()).contains("there is no tenant");
        assertThat(nothing.exitCode()).isEqualTo(1);
        assertThat(nothing.err()).isNotBlank().doesNotContain("\tat ", KEY);
        assertThat(malformed.exitCode()).isEqualTo(2);
        assertThat(noFile.exitCode()).isEqualTo(1);
        assertThat(unconfigured.exitCode()).isEqualTo(2);
        assertThat(unconfigured.err())
                .contains("S3_CONTEXT_CACHE_BUCKET is required")
                .doesNotContain(KEY);
    }

    @Test
    void wrapsTheKeysOfAllTenantsByANewKeyAndTheirContextsStillOpen() throws IOException {
        String next = "next:"
                + Base64.getEncoder().encodeToString(new byte[] {
                    1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2
                });
        String tenant = newTenant("node_based");
        Path file = Files.writeString(folder.resolve("context"), "kept");
        Path back = folder.resolve("back");
        run("context", "put", "--tenant", tenant, file.toString());

        Run rewrap = runWith(next + "," + KEY, "context", "rewrap", "--concurrency", "2");
        Run get = runWith(next, "context", "get", "--tenant", tenant, "-o", back.toString());
        Run again = runWith(next + "," + KEY, "context", "rewrap");
        Run keyless = runWith("other:" + KEY, "context", "rewrap");
        Run undone = runWith(KEY + "," + next, "context", "rewrap");
        Run unfit = run("context", "rewrap", "--concurrency", "0");

        assertThat(rewrap.exitCode()).as(rewrap.out() + rewrap.err()).isZero();
        assertThat(rewrap.out()).contains("keys wrapped by 'next'", "done: every key is wrapped by 'next'");
        assertThat(get.exitCode()).as(get.err()).isZero();
        assertThat(back).hasContent("kept");
        assertThat(again.out()).doesNotContain("tenants seen").contains("done");
        assertThat(keyless.exitCode()).isEqualTo(1);
        assertThat(keyless.out()).contains("tenant " + tenant, "not done");
        assertThat(undone.exitCode()).as(undone.out()).isZero();
        assertThat(unfit.exitCode()).isEqualTo(2);
    }

    private static Run runWith(String keys, String... arguments) {
        Map<String, String> others = new HashMap<>(variables);
        others.put("GATEWAY_KEY_ENCRYPTION_KEY", keys);
        return CommandLines.run(ManagementMain.commandLine(others), arguments);
    }

    private static String newTenant(String securityMode) {
        String id = UUID.randomUUID().toString();
        database.execute("INSERT INTO tenants (id, email, tier, security_mode) VALUES ('" + id + "', '" + id
                + "@example.com', 'A', '" + securityMode + "')");
        return id;
    }

    private static Run run(String... arguments) {
        return CommandLines.run(ManagementMain.commandLine(variables), arguments);
    }
}
