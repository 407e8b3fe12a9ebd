package io.percolate.gateway.admin.flush;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.ApiClient;
import io.percolate.gateway.admin.testing.RunningManagement;
import io.percolate.gateway.admin.testing.TestGateway;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class FlushResourceTest {
    private static RunningManagement management;
    private static ApiClient api;

    @BeforeAll
    static void start() {
        management = RunningManagement.start("GATEWAY_ADMIN_FLUSH_WAIT", "1s");
        api = management.api();
    }

    @AfterAll
    static void stop() {
        management.close();
    }

    @AfterEach
    void forgetGateways() {
        management.database().execute("DELETE FROM gateways; DELETE FROM cache_flushes");
    }

    @Test
    void isCompleteAtOnceWhereThereIsNoGateway() {
        Answer answer = api.post("/v1/caches/flush", "{\"all\": true}");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().get("gateways").intValue()).isZero();
        assertThat(answer.json().get("missing")).isEmpty();
    }

    @Test
    void reachesEveryGatewayAndCountsTheirConfirmations() {
        UUID tenant = UUID.randomUUID();
        try (TestGateway one = new TestGateway(management);
                TestGateway two = new TestGateway(management)) {
            Answer answer = api.post("/v1/caches/flush", "{\"tenant\": \"" + tenant + "\"}");

            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            JsonNode flush = answer.json();
            assertThat(flush.get("gateways").intValue()).isEqualTo(2);
            assertThat(flush.get("confirmed").intValue()).isEqualTo(2);
            assertThat(flush.get("entries").intValue()).isEqualTo(6);
            assertThat(one.flushed()).containsExactly(new FlushScope.OneTenant(new TenantId(tenant)));
            assertThat(two.flushed()).containsExactly(new FlushScope.OneTenant(new TenantId(tenant)));
        }
    }

    @Test
    void flushesOnlyTheCachesThatAreNamed() {
        try (TestGateway gateway = new TestGateway(management)) {
            api.post("/v1/caches/flush", "{\"tier\": \"A\", \"caches\": [\"tokens\", \"context\"]}");
            api.post("/v1/caches/flush", "{\"tier\": \"B\", \"caches\": [\"routes\"]}");

            assertThat(gateway.flushed()).containsExactly(new FlushScope.OneTier(Tier.B));
        }
    }

    @Test
    void namesTheGatewaysThatDidNotConfirmInTime() {
        UUID silent = UUID.randomUUID();
        management
                .database()
                .execute("INSERT INTO gateways (id, host, ops_port) VALUES ('" + silent + "', '10.0.0.9', 9090)");
        try (TestGateway gateway = new TestGateway(management)) {
            Answer answer = api.post("/v1/caches/flush", "{\"all\": true}");

            assertThat(answer.status()).isEqualTo(202);
            assertThat(answer.json().get("gateways").intValue()).isEqualTo(2);
            assertThat(answer.json().get("confirmed").intValue()).isEqualTo(1);
            assertThat(answer.json().get("missing").get(0).stringValue()).isEqualTo(silent.toString());
            assertThat(gateway.flushed()).containsExactly(new FlushScope.All());
        }
    }

    @Test
    void recordsWhoFlushedWhat() {
        api.post("/v1/caches/flush", "{\"tier\": \"C\", \"caches\": [\"routes\"]}");

        JsonNode row =
                api.get("/v1/audit?action=caches.flushed").json().get("items").get(0);

        assertThat(row.get("actor").stringValue()).isEqualTo("writer");
        assertThat(row.get("resource_type").stringValue()).isEqualTo("caches");
        assertThat(row.get("metadata").get("tier").stringValue()).isEqualTo("C");
        assertThat(row.get("metadata").get("caches").get(0).stringValue()).isEqualTo("routes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                    | tenant",
                "{\"tenant\": \"42\"}                  | tenant",
                "{\"tier\": \"a\"}                     | tier",
                "{\"all\": false}                      | all",
                "{\"all\": \"yes\"}                    | all",
                "{\"tier\": \"A\", \"all\": true}      | tenant",
                "{\"all\": true, \"caches\": []}       | caches",
                "{\"all\": true, \"caches\": [\"x\"]}  | caches",
                "{\"all\": true, \"when\": \"now\"}    | when"
            })
    void refusesAFlushThatMakesNoSense(String body, String field) {
        Answer answer = api.post("/v1/caches/flush", body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.fieldsAtFault()).contains(field);
    }
}
