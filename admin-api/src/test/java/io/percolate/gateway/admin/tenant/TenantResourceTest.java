package io.percolate.gateway.admin.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.ApiClient;
import io.percolate.gateway.admin.testing.RunningManagement;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class TenantResourceTest {
    private static RunningManagement management;
    private static ApiClient api;

    @BeforeAll
    static void start() {
        // Orders stay what they are.
        management = RunningManagement.start("MANAGEMENT_MIGRATION_WORKERS", "0");
        api = management.api();
    }

    @AfterAll
    static void stop() {
        management.close();
    }

    @Test
    void createsATenantWithDefaultsAndSaysWhereItIs() {
        Answer answer = api.post("/v1/tenants", "{\"email\": \"ada@example.com\", \"tier\": \"A\"}");

        assertThat(answer.status()).isEqualTo(201);
        JsonNode tenant = answer.json();
        assertThat(answer.header("Location"))
                .isEqualTo("/v1/tenants/" + tenant.get("id").stringValue());
        assertThat(tenant.get("email").stringValue()).isEqualTo("ada@example.com");
        assertThat(tenant.get("tier").stringValue()).isEqualTo("A");
        assertThat(tenant.get("status").stringValue()).isEqualTo("active");
        assertThat(tenant.get("security_mode").stringValue()).isEqualTo("node_based");
        assertThat(tenant.get("region").stringValue()).isEqualTo("default");
        assertThat(tenant.get("residency").stringValue()).isEqualTo("cold");
        assertThat(tenant.get("pod").isNull()).isTrue();
        assertThat(tenant.get("epoch").longValue()).isZero();
        assertThat(api.get(answer.header("Location")).json()).isEqualTo(tenant);
    }

    @Test
    void showsWhatATenantHasUsedByMonthTheLatestFirst() {
        String tenant = management.newTenant("C");
        api.patch("/v1/tenants/" + tenant, "{\"limits\": {\"requests_per_month\": 1000}}");
        management
                .database()
                .execute("INSERT INTO tenant_usage (tenant_id, month, requests) VALUES ('" + tenant
                        + "', '2026-01-01', 7), ('" + tenant + "', '2026-02-01', 1000)");

        JsonNode usage = api.get("/v1/tenants/" + tenant + "/usage").json();

        assertThat(usage.get("requests_per_month").longValue()).isEqualTo(1000);
        assertThat(usage.get("months").size()).isEqualTo(2);
        assertThat(usage.at("/months/0/month").stringValue()).isEqualTo("2026-02");
        assertThat(usage.at("/months/0/requests").longValue()).isEqualTo(1000);
        assertThat(api.get("/v1/tenants/" + UUID.randomUUID() + "/usage").status())
                .isEqualTo(404);
    }

    @Test
    void createsATenantWithEverythingGiven() {
        String id = UUID.randomUUID().toString();

        Answer answer = api.post("/v1/tenants", """
                {"id": "%s", "email": "all@example.com", "tier": "B", "name": "Grüße & Söhne",
                 "security_mode": "mobile_only", "region": "default"}
                """.formatted(id));

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.json().get("id").stringValue()).isEqualTo(id);
        assertThat(answer.json().get("name").stringValue()).isEqualTo("Grüße & Söhne");
        assertThat(answer.json().get("security_mode").stringValue()).isEqualTo("mobile_only");
    }

    @Test
    void refusesASecondTenantWithTheSameEmailOrId() {
        String id = UUID.randomUUID().toString();
        api.post("/v1/tenants", "{\"id\": \"" + id + "\", \"email\": \"twice@example.com\", \"tier\": \"A\"}");

        Answer sameEmail = api.post("/v1/tenants", "{\"email\": \"twice@example.com\", \"tier\": \"B\"}");
        Answer sameId =
                api.post("/v1/tenants", "{\"id\": \"" + id + "\", \"email\": \"new@example.com\", \"tier\": \"A\"}");

        assertThat(sameEmail.status()).isEqualTo(409);
        assertThat(sameEmail.problem()).isEqualTo("tenant-exists");
        assertThat(sameEmail.json().get("detail").stringValue()).contains("email");
        assertThat(sameId.status()).isEqualTo(409);
        assertThat(sameId.json().get("detail").stringValue()).contains("id");
    }

    @Test
    void reportsEveryWrongFieldOfADraftAtOnce() {
        Answer answer = api.post("/v1/tenants", """
                {"id": "1-2-3-4-5", "email": "nobody", "tier": "D", "name": "", "region": 7, "security_mode": null,
                 "plan": "gold"}
                """);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.fieldsAtFault())
                .containsExactlyInAnyOrder("id", "email", "tier", "name", "region", "security_mode", "plan");
    }

    @Test
    void reportsMissingFieldsOfADraft() {
        Answer answer = api.post("/v1/tenants", "{}");

        assertThat(answer.fieldsAtFault()).containsExactlyInAnyOrder("email", "tier");
    }

    @Test
    void refusesAnUnknownRegionAndAnUnknownShard() {
        Answer created =
                api.post("/v1/tenants", "{\"email\": \"far@example.com\", \"tier\": \"A\", \"region\": \"mars\"}");
        Answer moved = api.patch(path(management.newTenant("A")), "{\"shard_id\": \"s-404\"}");

        assertThat(created.status()).isEqualTo(400);
        assertThat(created.fieldsAtFault()).containsExactly("region");
        assertThat(moved.status()).isEqualTo(400);
        assertThat(moved.fieldsAtFault()).containsExactly("shard_id");
    }

    @Test
    void changesWhatAPatchNamesAndLeavesTheRest() {
        management.database().execute("INSERT INTO shards (id, shard_group) VALUES ('s-1', 'g')");
        String path = path(management.newTenant("C"));

        Answer answer = api.patch(path, """
                {"tier": "A", "name": "Lovelace", "shard_id": "s-1", "security_mode": "mobile_only",
                 "limits": {"requests_per_second": 50, "burst": 100}}
                """);

        assertThat(answer.status()).isEqualTo(200);
        JsonNode tenant = answer.json();
        assertThat(tenant.get("tier").stringValue()).isEqualTo("A");
        assertThat(tenant.get("name").stringValue()).isEqualTo("Lovelace");
        assertThat(tenant.get("shard_id").stringValue()).isEqualTo("s-1");
        assertThat(tenant.get("status").stringValue()).isEqualTo("active");
        assertThat(tenant.get("limits").get("requests_per_second").longValue()).isEqualTo(50);
        assertThat(tenant.get("limits").get("websockets_max").isNull()).isTrue();
        assertThat(api.get(path).json()).isEqualTo(tenant);
    }

    @Test
    void ordersAHandOverWhereATenantInMemoryGetsAnotherTierAndAppliesTheRestAtOnce() {
        String path = hotTenant("C");

        Answer answer = api.patch(path, "{\"tier\": \"A\", \"name\": \"Lovelace\"}");
        Answer again = api.patch(path, "{\"tier\": \"A\"}");
        Answer other = api.patch(path, "{\"tier\": \"B\", \"name\": \"Byron\"}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        assertThat(answer.json().get("tier").stringValue()).isEqualTo("C");
        assertThat(answer.json().get("name").stringValue()).isEqualTo("Lovelace");
        assertThat(api.get(path).json()).isEqualTo(answer.json());
        assertThat(api.get(path).header("ETag")).isEqualTo(answer.header("ETag"));
        JsonNode migration = api.get(answer.header("Location")).json();
        assertThat(migration.get("kind").stringValue()).isEqualTo("tier");
        assertThat(migration.get("target").stringValue()).isEqualTo("A");
        assertThat(migration.get("pending").longValue()).isEqualTo(1);
        assertThat(migration.get("requested_by").stringValue()).isEqualTo("writer");
        assertThat(again.status()).isEqualTo(202);
        assertThat(again.header("Location")).isEqualTo(answer.header("Location"));
        assertThat(other.status()).isEqualTo(409);
        assertThat(other.problem()).isEqualTo("tenant-busy");
        assertThat(api.get(path).json().get("name").stringValue())
                .as("nothing of it is applied")
                .isEqualTo("Lovelace");
        assertThat(management.value("SELECT string_agg(action, ',' ORDER BY created_at, action DESC) FROM audit_log"
                        + " WHERE tenant_id = '" + idOf(path) + "'"))
                .isEqualTo("tenant.created,tenant.updated,migration.created");
    }

    @Test
    void changesTheTierOfATenantInMemoryAtOnceWhereThatIsAskedFor() {
        String path = hotTenant("C");

        Answer answer = api.patch(path + "?tier_change=immediate", "{\"tier\": \"A\"}");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().get("tier").stringValue()).isEqualTo("A");
        assertThat(api.get(path + "/migrations").json().get("items")).isEmpty();
        assertThat(api.patch(path + "?tier_change=later", "{}").fieldsAtFault()).containsExactly("tier_change");
    }

    @Test
    void changesTheTierOfASuspendedTenantAtOnceSinceNobodyHandsItOver() {
        String path = hotTenant("C");

        Answer answer = api.patch(path, "{\"tier\": \"A\", \"status\": \"suspended\"}");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().get("tier").stringValue()).isEqualTo("A");
    }

    @Test
    void takesNullOfAMergePatchAsRemoval() {
        String path = path(management.newTenant("A"));
        api.patch(path, "{\"name\": \"x\", \"limits\": {\"burst\": 5, \"websockets_max\": 0}}");

        Answer oneLimit = api.patch(
                path,
                "{\"name\": null, \"limits\": {\"burst\": null}}",
                "Content-Type",
                "application/merge-patch+json; charset=utf-8");
        Answer allLimits = api.patch(path, "{\"limits\": null}");

        assertThat(oneLimit.json().get("name").isNull()).isTrue();
        assertThat(oneLimit.json().get("limits").get("burst").isNull()).isTrue();
        assertThat(oneLimit.json().get("limits").get("websockets_max").longValue())
                .isZero();
        assertThat(allLimits.json().get("limits").get("websockets_max").isNull())
                .isTrue();
        assertThat(management.value("SELECT count(*) FROM tenant_limits WHERE tenant_id = '" + idOf(path) + "'"))
                .isEqualTo("0");
    }

    @Test
    void reportsEveryWrongFieldOfAPatchAtOnce() {
        Answer answer = api.patch(path(management.newTenant("A")), """
                {"tier": null, "status": "gone", "email": "new@example.com",
                 "limits": {"burst": 0, "requests_per_second": 1.5, "websockets_max": 3000000000, "speed": 1}}
                """);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.fieldsAtFault())
                .containsExactlyInAnyOrder(
                        "tier",
                        "status",
                        "email",
                        "limits.burst",
                        "limits.requests_per_second",
                        "limits.websockets_max",
                        "limits.speed");
    }

    @Test
    void movesTheRoutesVersionOnlyWhenGatewaysNeedToKnow() {
        String path = path(management.newTenant("C"));
        long before = api.get(path).json().get("version").longValue();

        long renamed = api.patch(path, "{\"name\": \"only a name\"}")
                .json()
                .get("version")
                .longValue();
        long promoted =
                api.patch(path, "{\"tier\": \"A\"}").json().get("version").longValue();
        long limited = api.patch(path, "{\"limits\": {\"burst\": 1}}")
                .json()
                .get("version")
                .longValue();

        assertThat(renamed).isEqualTo(before);
        assertThat(promoted).isGreaterThan(renamed);
        assertThat(limited).isGreaterThan(promoted);
    }

    @Test
    void deletesSoftlyAndAPatchBringsTheTenantBack() {
        String path = path(management.newTenant("B"));

        assertThat(api.delete(path).status()).isEqualTo(204);
        assertThat(api.get(path).json().get("status").stringValue()).isEqualTo("deleted");
        assertThat(api.delete(path).status()).isEqualTo(204);
        assertThat(api.patch(path, "{\"status\": \"active\"}")
                        .json()
                        .get("status")
                        .stringValue())
                .isEqualTo("active");
        assertThat(management.value("SELECT string_agg(action, ',' ORDER BY created_at) FROM audit_log"
                        + " WHERE tenant_id = '" + idOf(path) + "'"))
                .isEqualTo("tenant.created,tenant.deleted,tenant.updated");
    }

    @Test
    void refusesAChangeOfSettingsThatHaveChangedSince() {
        String path = path(management.newTenant("B"));
        String seen = api.get(path).header("ETag");
        api.patch(path, "{\"tier\": \"C\"}");

        Answer late = api.patch(path, "{\"tier\": \"A\"}", "If-Match", seen);
        Answer lateDelete = api.delete(path, "If-Match", seen);
        Answer informed =
                api.patch(path, "{\"tier\": \"A\"}", "If-Match", api.get(path).header("ETag"));

        assertThat(late.status()).isEqualTo(412);
        assertThat(late.problem()).isEqualTo("precondition-failed");
        assertThat(lateDelete.status()).isEqualTo(412);
        assertThat(informed.status()).isEqualTo(200);
    }

    @Test
    void keepsTheEntityTagWhileATenantOnlyMovesBetweenPods() {
        String path = path(management.newTenant("B"));
        String before = api.get(path).header("ETag");

        management.database().execute("UPDATE tenant_states SET epoch = 7 WHERE tenant_id = '" + idOf(path) + "'");

        assertThat(api.get(path).json().get("epoch").longValue()).isEqualTo(7);
        assertThat(api.get(path).header("ETag")).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({"GET", "PATCH", "DELETE"})
    void answersNotFoundForATenantThatIsNotThere(String method) {
        String body = method.equals("PATCH") ? "{}" : null;

        Answer absent = api.send(api.request(method, path(UUID.randomUUID().toString()), body));
        Answer malformed = api.send(api.request(method, "/v1/tenants/42", body));

        assertThat(absent.status()).isEqualTo(404);
        assertThat(absent.problem()).isEqualTo("tenant-unknown");
        assertThat(malformed.status()).isEqualTo(400);
        assertThat(malformed.fieldsAtFault()).containsExactly("id");
    }

    /** In the memory of a pod that nobody asks. */
    private static String hotTenant(String tier) {
        String id = management.newTenant(tier);
        management
                .database()
                .execute("INSERT INTO pods (id, tier, host, port, capacity) VALUES ('nobody', 'C', '127.0.0.1', 1, 100)"
                        + " ON CONFLICT DO NOTHING; UPDATE tenant_states SET state = 'hot', pod_id = 'nobody', epoch = 1"
                        + " WHERE tenant_id = '" + id + "'");
        return path(id);
    }

    private static String path(String id) {
        return "/v1/tenants/" + id;
    }

    private static String idOf(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
