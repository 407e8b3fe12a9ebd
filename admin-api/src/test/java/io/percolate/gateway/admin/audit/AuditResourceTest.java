package io.percolate.gateway.admin.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.ApiClient;
import io.percolate.gateway.admin.testing.RunningManagement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class AuditResourceTest {
    private RunningManagement management;
    private ApiClient api;

    @BeforeEach
    void start() {
        management = RunningManagement.start();
        api = management.api();
    }

    @AfterEach
    void stop() {
        management.close();
    }

    @Test
    void recordsWhoChangedWhatFromWhereAndHowItWasBefore() {
        String id = management.newTenant("C");
        api.patch(
                "/v1/tenants/" + id,
                "{\"tier\": \"A\", \"limits\": {\"burst\": 9}}",
                "User-Agent",
                "runbook/1.0",
                "X-Request-Id",
                "change-7");

        JsonNode row = api.get("/v1/audit?tenant=" + id).json().get("items").get(0);

        assertThat(row.get("action").stringValue()).isEqualTo("tenant.updated");
        assertThat(row.get("actor").stringValue()).isEqualTo("writer");
        assertThat(row.get("resource_type").stringValue()).isEqualTo("tenant");
        assertThat(row.get("resource_id").stringValue()).isEqualTo(id);
        assertThat(row.get("ip_address").stringValue()).isEqualTo("127.0.0.1");
        assertThat(row.get("user_agent").stringValue()).isEqualTo("runbook/1.0");
        JsonNode metadata = row.get("metadata");
        assertThat(metadata.get("request_id").stringValue()).isEqualTo("change-7");
        assertThat(metadata.get("before").get("tier").stringValue()).isEqualTo("C");
        assertThat(metadata.get("after").get("tier").stringValue()).isEqualTo("A");
        assertThat(metadata.get("before").get("limits").get("burst").isNull()).isTrue();
        assertThat(metadata.get("after").get("limits").get("burst").intValue()).isEqualTo(9);
        assertThat(metadata.get("after").has("email")).isFalse();
    }

    @Test
    void recordsNothingWhereNothingChanged() {
        String id = management.newTenant("C");

        api.patch("/v1/tenants/" + id, "{\"tier\": \"C\"}");
        api.patch("/v1/tenants/" + id, "{\"tier\": \"Z\"}");
        api.patch("/v1/tenants/" + id, "{\"shard_id\": \"nowhere\"}");
        api.get("/v1/tenants/" + id);

        assertThat(api.get("/v1/audit?tenant=" + id).json().get("items")).hasSize(1);
    }

    @Test
    void takesBackAChangeThatCannotBeRecorded() {
        String id = management.newTenant("C");
        management.database().execute("ALTER TABLE audit_log ADD CONSTRAINT broken CHECK (action <> 'tenant.updated')");

        assertThat(api.patch("/v1/tenants/" + id, "{\"tier\": \"A\"}").status()).isEqualTo(500);

        assertThat(api.get("/v1/tenants/" + id).json().get("tier").stringValue())
                .isEqualTo("C");
    }

    @Test
    void pagesNewestFirstAndFilters() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.addFirst(management.newTenant("B"));
        }
        api.delete("/v1/tenants/" + ids.getFirst());

        List<String> created = new ArrayList<>();
        String path = "/v1/audit?limit=2&action=tenant.created";
        String next = path;
        while (true) {
            JsonNode page = api.get(next).json();
            page.get("items").forEach(row -> created.add(row.get("tenant_id").stringValue()));
            if (page.get("next_cursor").isNull()) {
                break;
            }
            next = path + "&cursor=" + page.get("next_cursor").stringValue();
        }

        assertThat(created).isEqualTo(ids);
        assertThat(api.get("/v1/audit?actor=nobody").json().get("items")).isEmpty();
        assertThat(api.get("/v1/audit?actor=writer&limit=1")
                        .json()
                        .get("items")
                        .get(0)
                        .get("action")
                        .stringValue())
                .isEqualTo("tenant.deleted");
        assertThat(api.get("/v1/audit?tenant=42").fieldsAtFault()).containsExactly("tenant");
    }
}
