package io.percolate.gateway.admin.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.ApiClient;
import io.percolate.gateway.admin.testing.RunningManagement;
import io.percolate.gateway.admin.testing.ScriptedPod;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class RouteResourceTest {
    private final ScriptedPod pod = new ScriptedPod();
    private static RunningManagement management;
    private static ApiClient api;

    @BeforeAll
    static void start() {
        management = RunningManagement.start("GATEWAY_POD_HEARTBEAT_MAX", "1h", "GATEWAY_POD_DEAD_AFTER", "1h");
        api = management.api();
    }

    @BeforeEach
    void nothingButThePod() {
        management
                .database()
                .execute(
                        "TRUNCATE tenants, pods CASCADE; INSERT INTO pods (id, tier, host, port, capacity) VALUES ('tier-a-0', 'A', '127.0.0.1', "
                                + pod.port() + ", 8)");
    }

    @AfterEach
    void endThePod() {
        pod.close();
    }

    @AfterAll
    static void stop() {
        management.close();
    }

    @ParameterizedTest
    @CsvSource({
        "cold, A, active, cold_start",
        "warm, A, active, cold_start",
        "archived, A, active, cold_start",
        "moving, A, active, hold",
        "hot, A, active, forward",
        "hot, B, active, hold",
        "hot, A, suspended, refuse",
        "hot, A, deleted, refuse"
    })
    void saysWhatAGatewayDoes(String residency, String tier, String status, String action) {
        String id = management.newTenant(tier);
        api.patch("/v1/tenants/" + id, "{\"status\": \"" + status + "\"}");
        management
                .database()
                .execute("UPDATE tenant_states SET state = '" + residency
                        + "', pod_id = 'tier-a-0', epoch = 3 WHERE tenant_id = '" + id + "'");

        JsonNode route = api.get("/v1/tenants/" + id + "/route").json();

        assertThat(route.get("gateway").get("action").stringValue()).isEqualTo(action);
        assertThat(route.get("residency").stringValue()).isEqualTo(residency);
        assertThat(route.get("epoch").longValue()).isEqualTo(3);
        assertThat(route.get("placement").get("pod").stringValue()).isEqualTo("tier-a-0");
        assertThat(route.get("placement").get("address").stringValue()).isEqualTo("127.0.0.1:" + pod.port());
        assertThat(route.get("placement").get("alive").booleanValue()).isTrue();
    }

    @Test
    void showsATenantThatHasNeverLivedAnywhereAndWhatWakesHaveLeftBehind() {
        String id = management.newTenant("B");
        management
                .database()
                .execute("UPDATE tenant_states SET wake_failures = 2, wake_error = 'no room',"
                        + " wake_retry_at = now() + interval '1 minute' WHERE tenant_id = '" + id + "'");

        JsonNode route = api.get("/v1/tenants/" + id + "/route").json();

        assertThat(route.get("placement").isNull()).isTrue();
        assertThat(route.get("wake").get("failures").intValue()).isEqualTo(2);
        assertThat(route.get("wake").get("error").stringValue()).isEqualTo("no room");
        assertThat(route.get("wake").get("retry_at").isNull()).isFalse();
        assertThat(route.get("wake").get("lease_until").isNull()).isTrue();
    }

    @Test
    void wakesATenantAndAnswersItsRoute() {
        String id = management.newTenant("A");

        Answer answer = api.send(api.request("POST", "/v1/tenants/" + id + "/wake", null));

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().get("residency").stringValue()).isEqualTo("hot");
        assertThat(answer.json().get("epoch").longValue()).isEqualTo(1);
        assertThat(pod.loads()).isEqualTo(1);
        assertThat(management.value("SELECT actor FROM audit_log WHERE action = 'tenant.wake_requested'"
                        + " AND tenant_id = '" + id + "'"))
                .isEqualTo("writer");
    }

    @Test
    void wakesNobodyWhoIsAtHome() {
        String id = management.newTenant("A");
        api.send(api.request("POST", "/v1/tenants/" + id + "/wake", null));

        Answer again = api.send(api.request("POST", "/v1/tenants/" + id + "/wake", null));

        assertThat(again.status()).isEqualTo(200);
        assertThat(pod.loads()).isEqualTo(1);
    }

    @Test
    void saysWhyAWakeFailedAndWhenToRetry() {
        pod.fill();

        Answer answer = api.send(api.request("POST", "/v1/tenants/" + management.newTenant("A") + "/wake", null));

        assertThat(answer.status()).as(answer.text()).isEqualTo(503);
        assertThat(answer.problem()).isEqualTo("wake-failed");
        assertThat(Integer.parseInt(answer.header("Retry-After"))).isPositive();
    }

    @Test
    void doesNotWakeWhoIsSuspendedDeletedOrUnknown() {
        String id = management.newTenant("A");
        api.patch("/v1/tenants/" + id, "{\"status\": \"suspended\"}");

        Answer suspended = api.send(api.request("POST", "/v1/tenants/" + id + "/wake", null));
        api.delete("/v1/tenants/" + id);
        Answer deleted = api.send(api.request("POST", "/v1/tenants/" + id + "/wake", null));
        Answer unknown = api.send(api.request("POST", "/v1/tenants/" + UUID.randomUUID() + "/wake", null));

        assertThat(suspended.status()).isEqualTo(409);
        assertThat(suspended.problem()).isEqualTo("tenant-inactive");
        assertThat(deleted.status()).isEqualTo(409);
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(pod.loads()).isZero();
    }

    @Test
    void answersNotFoundForTheRouteOfNobody() {
        assertThat(api.get("/v1/tenants/" + UUID.randomUUID() + "/route").status())
                .isEqualTo(404);
    }
}
