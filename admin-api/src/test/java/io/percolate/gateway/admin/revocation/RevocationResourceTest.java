package io.percolate.gateway.admin.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.ApiClient;
import io.percolate.gateway.admin.testing.RunningManagement;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class RevocationResourceTest {
    private static RunningManagement management;
    private static ApiClient api;

    @BeforeAll
    static void start() {
        management = RunningManagement.start();
        api = management.api();
    }

    @AfterAll
    static void stop() {
        management.close();
    }

    @AfterEach
    void forgetAll() {
        management.database().execute("DELETE FROM token_revocations");
    }

    @Test
    void aTokenIsRevokedOnceHoweverOftenThatIsAsked() {
        String body = "{\"token_id\": \"jti-1\", \"issuer\": \"https://a.example\", \"reason\": \"stolen\"}";

        Answer first = api.post("/v1/revocations", body);
        Answer again = api.post("/v1/revocations", body);

        assertThat(first.status()).as(first.text()).isEqualTo(201);
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.json().get("id")).isEqualTo(first.json().get("id"));
        assertThat(api.get("/v1/revocations").json().get("items")).hasSize(1);
        assertThat(first.header("Location"))
                .isEqualTo("/v1/revocations/" + first.json().get("id").stringValue());
        assertThat(first.json().get("kind").stringValue()).isEqualTo("token");
        assertThat(first.json().get("reason").stringValue()).isEqualTo("stolen");
        assertThat(Instant.parse(first.json().get("expires_at").stringValue()))
                .isAfter(Instant.now().plus(Duration.ofDays(29)));
    }

    @Test
    void askingAgainMovesTheEndOutAndNeverIn() {
        api.post("/v1/revocations", "{\"session\": \"s\", \"expires_in_seconds\": 3600}");
        JsonNode longer = api.post("/v1/revocations", "{\"session\": \"s\", \"expires_in_seconds\": 7200}")
                .json();
        JsonNode shorter = api.post("/v1/revocations", "{\"session\": \"s\", \"expires_in_seconds\": 60}")
                .json();

        assertThat(shorter.get("expires_at")).isEqualTo(longer.get("expires_at"));
        assertThat(longer.get("issuer").isNull()).isTrue();
    }

    @Test
    void whatIsRevokedIsListedPageByPageUntilItEnds() {
        api.post("/v1/revocations", "{\"token_id\": \"one\"}");
        api.post("/v1/revocations", "{\"session\": \"two\"}");
        management
                .database()
                .execute("INSERT INTO token_revocations (kind, value, expires_at) VALUES ('token', 'old', now())");

        JsonNode page = api.get("/v1/revocations?limit=1").json();
        JsonNode next = api.get("/v1/revocations?limit=1&cursor="
                        + page.get("next_cursor").stringValue())
                .json();

        assertThat(page.get("items").get(0).get("value").stringValue()).isEqualTo("one");
        assertThat(next.get("items").get(0).get("value").stringValue()).isEqualTo("two");
        assertThat(next.get("next_cursor").isNull()).isTrue();
        assertThat(api.get("/v1/revocations?kind=session").json().get("items")).hasSize(1);
        assertThat(api.get("/v1/revocations?value=old").json().get("items")).isEmpty();
    }

    @Test
    void whatIsLiftedIsGone() {
        String id = api.post("/v1/revocations", "{\"token_id\": \"one\"}")
                .json()
                .get("id")
                .stringValue();

        assertThat(api.delete("/v1/revocations/" + id).status()).isEqualTo(204);
        assertThat(api.delete("/v1/revocations/" + id).status()).isEqualTo(404);
        assertThat(api.delete("/v1/revocations/" + UUID.randomUUID()).status()).isEqualTo(404);
        assertThat(api.delete("/v1/revocations/42").status()).isEqualTo(400);
        assertThat(api.get("/v1/revocations").json().get("items")).isEmpty();
    }

    @Test
    void recordsWhoRevokedAndWhoLifted() {
        String id = api.post("/v1/revocations", "{\"token_id\": \"audited\"}")
                .json()
                .get("id")
                .stringValue();
        api.delete("/v1/revocations/" + id);

        JsonNode created = api.get("/v1/audit?action=revocation.created&limit=1")
                .json()
                .get("items")
                .get(0);
        JsonNode lifted = api.get("/v1/audit?action=revocation.lifted&limit=1")
                .json()
                .get("items")
                .get(0);
        assertThat(created.get("actor").stringValue()).isEqualTo("writer");
        assertThat(created.get("resource_type").stringValue()).isEqualTo("revocation");
        assertThat(created.get("metadata").get("token_id").stringValue()).isEqualTo("audited");
        assertThat(lifted.get("metadata").get("revocation").stringValue()).isEqualTo(id);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                                | token_id",
                "{\"token_id\": \"a\", \"session\": \"b\"}         | token_id",
                "{\"token_id\": \"\"}                              | token_id",
                "{\"token_id\": 1}                                 | token_id",
                "{\"session\": \"a\\nb\"}                          | session",
                "{\"session\": \"a\", \"expires_in_seconds\": 0}   | expires_in_seconds",
                "{\"session\": \"a\", \"issuer\": \"\"}            | issuer",
                "{\"session\": \"a\", \"tenant\": \"b\"}           | tenant"
            })
    void refusesARevocationThatMakesNoSense(String body, String field) {
        Answer answer = api.post("/v1/revocations", body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.fieldsAtFault()).contains(field);
    }
}
