package io.percolate.gateway.admin.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.admin.main.ManagementProcess;
import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.ApiClient;
import io.percolate.gateway.admin.testing.RunningManagement;
import io.percolate.gateway.fixtures.PostgresServer;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** PostgreSQL goes away and comes back. */
class OutageTest {
    @Test
    void answersUnavailableWhileTheDatabaseIsAwayAndRecoversByItself() {
        try (PostgresServer server = PostgresServer.start()) {
            server.migrate();
            try (ManagementProcess process = ManagementProcess.start(
                            RunningManagement.config(RunningManagement.variables(server.url())));
                    ApiClient api = new ApiClient(process.port(), RunningManagement.WRITER)) {
                assertThat(api.get("/ready").status()).isEqualTo(200);

                server.stop();
                Answer read = api.get("/v1/tenants");
                Answer write = api.post("/v1/tenants", "{\"email\": \"a@example.com\", \"tier\": \"A\"}");
                Answer ready = api.get("/ready");

                assertThat(read.status()).isEqualTo(503);
                assertThat(read.problem()).isEqualTo("database-unavailable");
                assertThat(read.header("Retry-After")).isEqualTo("1");
                assertThat(write.status()).isEqualTo(503);
                assertThat(ready.status()).isEqualTo(503);
                assertThat(ready.problem()).isEqualTo("not-ready");
                assertThat(api.get("/health").status()).isEqualTo(200);

                server.restart();
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> api.get("/ready").status() == 200);
                assertThat(api.get("/v1/tenants").status()).isEqualTo(200);
                assertThat(api.get("/v1/tenants/" + UUID.randomUUID()).status()).isEqualTo(404);
            }
        }
    }
}
