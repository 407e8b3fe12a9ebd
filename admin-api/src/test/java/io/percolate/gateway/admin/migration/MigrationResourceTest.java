package io.percolate.gateway.admin.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.ApiClient;
import io.percolate.gateway.admin.testing.RunningManagement;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Orders over tenants that are in no pod's memory, so that their jobs end at once: what the API and the claims do with them. */
class MigrationResourceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static RunningManagement management;
    private static ApiClient api;

    @BeforeAll
    static void start() {
        management =
                RunningManagement.start("MANAGEMENT_MIGRATION_INTERVAL", "20ms", "GATEWAY_LIFECYCLE_ENABLED", "false");
        api = management.api();
    }

    @AfterAll
    static void stop() {
        management.close();
    }

    @Test
    void anOrderIsCarriedOutOnceThoughItIsSentTwice() {
        String tenant = management.newTenant("C");
        String body = "{\"kind\": \"tier\", \"target\": \"B\", \"note\": \"upgrade\"}";

        Answer first = api.post("/v1/tenants/" + tenant + "/migrations", body, "Idempotency-Key", "k-" + tenant);
        Answer again = api.post("/v1/tenants/" + tenant + "/migrations", body, "Idempotency-Key", "k-" + tenant);

        assertThat(first.status()).as(first.text()).isEqualTo(202);
        assertThat(again.json().path("id")).isEqualTo(first.json().path("id"));
        assertThat(first.header("Location"))
                .isEqualTo("/v1/migrations/" + first.json().path("id").stringValue());
        JsonNode ended = awaitEnd(first.json());
        assertThat(ended.path("status").stringValue()).isEqualTo("completed");
        assertThat(ended.path("requested_by").stringValue()).isEqualTo("writer");
        assertThat(management.value("SELECT tier FROM tenants WHERE id = '" + tenant + "'"))
                .isEqualTo("B");
        assertThat(api.get("/v1/tenants/" + tenant + "/migrations").json().path("items"))
                .hasSize(1)
                .first()
                .satisfies(job -> assertThat(job.path("note").stringValue()).isEqualTo("it was in no pod's memory"));
        assertThat(management.value("SELECT string_agg(action, ' ' ORDER BY created_at, action) FROM audit_log"
                        + " WHERE tenant_id = '" + tenant + "' AND action <> 'tenant.created'"))
                .isEqualTo("migration.created tenant.updated tenant.migrated");
        assertThat(api.get("/metrics").text()).contains("migration_jobs_total{kind=\"tier\",outcome=\"completed\"}");
    }

    @Test
    void aBulkKeepsItsPace() {
        List<String> tenants =
                Stream.generate(() -> management.newTenant("C")).limit(16).toList();

        Answer ordered = api.post(
                "/v1/migrations",
                "{\"kind\": \"tier\", \"target\": \"B\", \"per_hour\": 36000, \"concurrent\": 3, \"tenants\": [\""
                        + String.join("\", \"", tenants) + "\"]}");
        JsonNode ended = awaitEnd(ordered.json());

        assertThat(ended.path("completed").asInt()).isEqualTo(16);
        assertThat(ended.path("per_hour").asInt()).isEqualTo(36_000);
        String id = ended.path("id").stringValue();
        // Ten are saved up at most, 100 ms each; the rest have to be waited for.
        assertThat(management.value("SELECT max(j.started_at) - m.created_at >= interval '400 milliseconds'"
                        + " FROM migration_jobs j JOIN migrations m ON m.id = j.migration_id WHERE m.id = '" + id
                        + "' GROUP BY m.created_at"))
                .isEqualTo("t");
        assertThat(management.value("SELECT max(running) FROM (SELECT (SELECT count(*) FROM migration_jobs o WHERE"
                        + " o.migration_id = j.migration_id AND o.started_at <= j.started_at"
                        + " AND o.completed_at > j.started_at) AS running FROM migration_jobs j WHERE j.migration_id = '"
                        + id + "') counts"))
                .matches("[1-3]");
    }

    @Test
    void aMigrationIsPausedResumedAndCanceled() {
        List<String> tenants =
                Stream.generate(() -> management.newTenant("C")).limit(3).toList();
        String ids = String.join("\", \"", tenants);
        String id = api.post(
                        "/v1/migrations",
                        "{\"kind\": \"tier\", \"target\": \"A\", \"per_hour\": 1, \"tenants\": [\"" + ids + "\"]}")
                .json()
                .path("id")
                .stringValue();
        await().atMost(PATIENCE)
                .until(() ->
                        api.get("/v1/migrations/" + id).json().path("completed").asInt() == 1);

        assertThat(act(id, "pause").json().path("status").stringValue()).isEqualTo("paused");
        assertThat(act(id, "pause").status()).as("again").isEqualTo(200);
        assertThat(act(id, "resume").json().path("status").stringValue()).isEqualTo("running");
        Answer busy = api.post("/v1/tenants/" + tenants.get(2) + "/move", "{}");
        JsonNode skipping = api.post(
                        "/v1/migrations", "{\"kind\": \"tier\", \"target\": \"B\", \"tenants\": [\"" + ids + "\"]}")
                .json();
        Answer canceled = act(id, "cancel");

        // Of the three one was free; the two that wait for their turn are another's.
        assertThat(busy.status() == 409 || busy.status() == 202).isTrue();
        // The free one may be the one whose own move was ordered, which may be over by then.
        assertThat(skipping.path("skipped").asInt()).isBetween(2, busy.status() == 202 ? 3 : 2);
        assertThat(canceled.json().path("canceled").asInt()).isEqualTo(2);
        assertThat(act(id, "resume").problem()).isEqualTo("migration-ended");
        assertThat(management.value("SELECT count(*) FROM tenants WHERE id IN ('" + String.join("', '", tenants)
                        + "') AND tier = 'C'"))
                .isEqualTo("2");
        awaitEnd(skipping);
    }

    @Test
    void whatCannotBeOrderedIsRefused() {
        String tenant = management.newTenant("C");
        String path = "/v1/tenants/" + tenant + "/migrations";

        assertThat(api.post(path, "{\"kind\": \"tier\", \"target\": \"D\"}").fieldsAtFault())
                .containsExactly("target");
        assertThat(api.post(path, "{\"kind\": \"drain\", \"target\": \"x\"}").fieldsAtFault())
                .containsExactly("kind");
        assertThat(api.post(path, "{\"kind\": \"region\", \"target\": \"nowhere\"}")
                        .fieldsAtFault())
                .containsExactly("target");
        assertThat(api.post("/v1/tenants/" + tenant + "/move", "{\"pod\": \"nowhere\"}")
                        .fieldsAtFault())
                .containsExactly("target");
        assertThat(api.post("/v1/migrations", "{\"kind\": \"pod\"}").fieldsAtFault())
                .containsExactly("tenants");
        assertThat(api.post("/v1/migrations", "{\"kind\": \"pod\", \"pod\": \"nowhere\"}")
                        .problem())
                .isEqualTo("tenant-unknown");
        assertThat(api.get("/v1/migrations/00000000-0000-0000-0000-000000000000")
                        .problem())
                .isEqualTo("migration-unknown");
        assertThat(api.post("/v1/pods/nowhere/drain", "{}").problem()).isEqualTo("pod-unknown");
    }

    @Test
    void migrationsAreListedPageByPage() {
        String tenant = management.newTenant("C");
        for (int i = 0; i < 3; i++) {
            awaitEnd(api.post("/v1/tenants/" + tenant + "/move", "{}").json());
        }

        JsonNode first =
                api.get("/v1/migrations?limit=2&kind=pod&status=completed").json();
        JsonNode second = api.get("/v1/migrations?limit=2&kind=pod&status=completed&cursor="
                        + first.path("next_cursor").stringValue())
                .json();

        assertThat(first.path("items")).hasSize(2);
        assertThat(second.path("items")).isNotEmpty().doesNotContainAnyElementsOf(first.path("items"));
    }

    @Test
    void whoWatchesAMigrationHearsOfItAlone() throws IOException, InterruptedException {
        String tenant = management.newTenant("C");
        try (var lines = new BufferedReader(new InputStreamReader(
                api.open("/v1/events?types=migration.&tenant=" + tenant).body(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).isEqualTo(": listening");
            awaitEnd(api.post("/v1/tenants/" + management.newTenant("C") + "/move", "{}")
                    .json());
            String id = api.post("/v1/tenants/" + tenant + "/move", "{}")
                    .json()
                    .path("id")
                    .stringValue();

            String event = lines.lines()
                    .filter(line -> line.startsWith("data: "))
                    .filter(line -> line.contains("completed"))
                    .findFirst()
                    .orElseThrow();

            assertThat(event).contains(tenant).contains(id);
        }
        assertThat(api.get("/v1/events?types=Everything").fieldsAtFault()).containsExactly("types");
    }

    private static Answer act(String migration, String verb) {
        return api.send(api.request("POST", "/v1/migrations/" + migration + "/" + verb, null));
    }

    private static JsonNode awaitEnd(JsonNode migration) {
        return await().atMost(PATIENCE)
                .until(
                        () -> api.get("/v1/migrations/" + migration.path("id").stringValue())
                                .json(),
                        now -> !now.path("status").stringValue().equals("running"));
    }
}
