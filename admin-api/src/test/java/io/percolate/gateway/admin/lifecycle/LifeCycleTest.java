package io.percolate.gateway.admin.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.ApiClient;
import io.percolate.gateway.admin.testing.RunningManagement;
import io.percolate.gateway.admin.testing.ScriptedPod;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tenants on their way down, by themselves and when asked, in a running management process. */
class LifeCycleTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static ScriptedPod pod;
    private static RunningManagement management;
    private static ApiClient api;

    @BeforeAll
    static void start() {
        pod = new ScriptedPod();
        management = RunningManagement.start(
                "GATEWAY_LIFECYCLE_INTERVAL", "100ms",
                "GATEWAY_LIFECYCLE_HOT_IDLE_A", "1h",
                "GATEWAY_LIFECYCLE_WARM_IDLE_A", "2h",
                "GATEWAY_LIFECYCLE_PRESSURE_IDLE_MIN", "1m",
                "GATEWAY_LIFECYCLE_RETRY_AFTER", "100ms",
                "GATEWAY_POD_HEARTBEAT_MAX", "10m",
                "GATEWAY_POD_DEAD_AFTER", "10m");
        api = management.api();
        management
                .database()
                .execute("INSERT INTO pods (id, tier, host, port, capacity) VALUES ('tier-a-0', 'A', '127.0.0.1', "
                        + pod.port() + ", 8), ('tier-b-0', 'B', '127.0.0.1', " + pod.port() + ", 4)");
    }

    @AfterAll
    static void stop() {
        management.close();
        pod.close();
    }

    @Test
    void whoIsIdleGoesToDiskAndLaterToS3AndEachStepIsAudited() {
        String tenant = woken("A");

        idle(tenant, "90 minutes");
        awaitState(tenant, "warm");
        idle(tenant, "3 hours");
        awaitState(tenant, "cold");

        assertThat(management.value("SELECT rocksdb_location FROM tenant_states WHERE tenant_id = '" + tenant + "'"))
                .isEqualTo("s3://bucket/" + tenant);
        await().atMost(PATIENCE)
                .until(() -> management
                        .value("SELECT string_agg(metadata->>'to' || ' ' || (metadata->>'reason') || ' ' || actor, ', '"
                                + " ORDER BY created_at) FROM audit_log WHERE action = 'tenant.evicted' AND tenant_id = '"
                                + tenant + "'")
                        .equals("warm idle life-cycle, cold idle life-cycle"));
        assertThat(api.get("/metrics").text())
                .contains("evictions_total{outcome=\"done\",reason=\"idle\",tier=\"A\",to=\"warm\"}")
                .contains("hot_tenants_count{pod=\"tier-a-0\",tier=\"A\"}");
    }

    @Test
    void whoeverWasNotUsedForLongestMakesRoom() {
        String oldest = woken("B");
        String older = woken("B");
        idle(older, "10 minutes");
        idle(oldest, "20 minutes");
        // Four places, a tenth of which (one) stays free.
        woken("B");
        woken("B");

        awaitState(oldest, "warm");
        assertThat(state(older)).isEqualTo("hot");
        assertThat(management.value("SELECT metadata->>'reason' FROM audit_log WHERE action = 'tenant.evicted'"
                        + " AND tenant_id = '" + oldest + "'"))
                .isEqualTo("pressure");
    }

    @Test
    void anEvictionThatWasCutOffIsTakenUp() {
        String tenant = woken("A");

        management
                .database()
                .execute("UPDATE tenant_states SET state = 'moving', wake_owner = gen_random_uuid(),"
                        + " wake_lease_until = now() - interval '1 minute', wake_epoch = -1 WHERE tenant_id = '"
                        + tenant
                        + "'");

        awaitState(tenant, "warm");
    }

    @Test
    void aTenantIsEvictedWhenAskedFor() {
        String tenant = woken("A");

        Answer warm = api.send(api.request("POST", "/v1/tenants/" + tenant + "/evict", null));
        Answer cold = api.send(api.request("POST", "/v1/tenants/" + tenant + "/evict?to=cold", null));
        Answer again = api.send(api.request("POST", "/v1/tenants/" + tenant + "/evict?to=cold", null));

        assertThat(warm.status()).as(warm.text()).isEqualTo(200);
        assertThat(warm.json().get("residency").stringValue()).isEqualTo("warm");
        assertThat(cold.json().get("residency").stringValue()).isEqualTo("cold");
        assertThat(again.status()).isEqualTo(200);
        assertThat(management.value("SELECT count(*) FROM audit_log WHERE action = 'tenant.evict_requested'"
                        + " AND actor = 'writer' AND tenant_id = '" + tenant + "'"))
                .isEqualTo("3");
        assertThat(api.send(api.request("POST", "/v1/tenants/" + tenant + "/evict?to=mars", null))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void aBusyTenantIsNot() {
        String tenant = woken("A");
        pod.busy(true);

        Answer answer = api.send(api.request("POST", "/v1/tenants/" + tenant + "/evict", null));
        pod.busy(false);

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.problem()).isEqualTo("tenant-busy");
        assertThat(state(tenant)).isEqualTo("hot");
    }

    private static String woken(String tier) {
        String tenant = management.newTenant(tier);
        Answer answer = api.send(api.request("POST", "/v1/tenants/" + tenant + "/wake", null));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return tenant;
    }

    private static void idle(String tenant, String time) {
        management
                .database()
                .execute("UPDATE tenant_states SET last_access_at = now() - interval '" + time + "' WHERE tenant_id = '"
                        + tenant + "'");
    }

    private static void awaitState(String tenant, String state) {
        await().atMost(PATIENCE).until(() -> state(tenant).equals(state));
    }

    private static String state(String tenant) {
        return management.value("SELECT state FROM tenant_states WHERE tenant_id = '" + tenant + "'");
    }
}
