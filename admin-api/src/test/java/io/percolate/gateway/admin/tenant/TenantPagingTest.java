package io.percolate.gateway.admin.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.ApiClient;
import io.percolate.gateway.admin.testing.RunningManagement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class TenantPagingTest {
    private static RunningManagement management;
    private static ApiClient api;

    @BeforeAll
    static void start() {
        management = RunningManagement.start();
        api = management.api();
        // 40 tenants of which many share their time of creation to the microsecond.
        management.database().execute("""
                        INSERT INTO tenants (email, tier, status, created_at)
                        SELECT 't' || n || '@example.com', (ARRAY['A', 'B', 'C'])[1 + n % 3],
                            CASE WHEN n % 10 = 0 THEN 'suspended' ELSE 'active' END,
                            '2026-01-01T00:00:00Z'::timestamptz + (n / 8) * interval '1 microsecond'
                        FROM generate_series(1, 40) AS n;
                        INSERT INTO pods (id, tier, host, port, capacity) VALUES ('tier-a-0', 'A', '10.0.0.1', 8000, 8);
                        UPDATE tenant_states SET state = 'hot', pod_id = 'tier-a-0', epoch = 1 WHERE tenant_id IN
                            (SELECT id FROM tenants WHERE email IN ('t3@example.com', 't6@example.com'))
                        """);
    }

    @AfterAll
    static void stop() {
        management.close();
    }

    @Test
    void visitsEachTenantOnceInOrderOfCreation() {
        List<JsonNode> all = walk("/v1/tenants?limit=7", page -> {});

        assertThat(emails(all)).hasSize(40).doesNotHaveDuplicates();
        assertThat(all.stream()
                        .map(tenant -> Instant.parse(tenant.get("created_at").stringValue())))
                .isSorted();
    }

    @Test
    void neitherRepeatsNorHidesTenantsWhileOthersComeAndGo() {
        List<String> before = emails(walk("/v1/tenants?limit=500", page -> {}));

        List<String> seen =
                emails(walk("/v1/tenants?limit=6", page -> management.database().execute("""
                        INSERT INTO tenants (email, tier, created_at)
                            VALUES (gen_random_uuid() || '@early', 'A', '2025-01-01T00:00:00Z'),
                                   (gen_random_uuid() || '@middle', 'A', '2026-01-01T00:00:00.000002Z')
                        """)));

        assertThat(seen).doesNotHaveDuplicates().containsAll(before);
        management.database().execute("DELETE FROM tenants WHERE email LIKE '%@early' OR email LIKE '%@middle'");
    }

    @Test
    void filtersByTierStatusAndResidency() {
        assertThat(walk("/v1/tenants?tier=A", page -> {}))
                .isNotEmpty()
                .allMatch(tenant -> tenant.get("tier").stringValue().equals("A"));
        assertThat(walk("/v1/tenants?status=suspended&limit=3", page -> {})).hasSize(4);
        assertThat(emails(walk("/v1/tenants?residency=hot&tier=A", page -> {})))
                .containsExactlyInAnyOrder("t3@example.com", "t6@example.com");
        assertThat(api.get("/v1/tenants?status=deleted").json().get("items")).isEmpty();
    }

    @Test
    void asksForFiftyWhenNothingIsSaid() {
        management
                .database()
                .execute(
                        "INSERT INTO tenants (email, tier) SELECT 'more' || n || '@many', 'B' FROM generate_series(1, 20) n");

        assertThat(api.get("/v1/tenants").json().get("items")).hasSize(50);
        management.database().execute("DELETE FROM tenants WHERE email LIKE '%@many'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limit=0",
                "limit=501",
                "limit=ten",
                "cursor=%21",
                "cursor=AAAA",
                "tier=D",
                "status=gone",
                "residency=HOT",
                "limit=1&limit=2",
                "page=2"
            })
    void refusesAQueryThatMakesNoSense(String query) {
        Answer answer = api.get("/v1/tenants?" + query);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.fieldsAtFault()).contains(query.substring(0, query.indexOf('=')));
    }

    @Test
    void refusesTheCursorOfAnotherList() {
        management
                .database()
                .execute(
                        "INSERT INTO pods (id, tier, host, port, capacity) VALUES ('tier-b-0', 'B', '10.0.0.2', 8000, 8)");
        String cursor = api.get("/v1/pods?limit=1").json().get("next_cursor").stringValue();

        assertThat(api.get("/v1/tenants?cursor=" + cursor).fieldsAtFault()).containsExactly("cursor");
    }

    private static List<JsonNode> walk(String path, Consumer<JsonNode> afterEachPage) {
        List<JsonNode> all = new ArrayList<>();
        String next = path;
        while (true) {
            JsonNode page = api.get(next).json();
            page.get("items").forEach(all::add);
            if (page.get("next_cursor").isNull()) {
                return all;
            }
            afterEachPage.accept(page);
            next = path + "&cursor=" + page.get("next_cursor").stringValue();
        }
    }

    private static List<String> emails(List<JsonNode> tenants) {
        return tenants.stream().map(tenant -> tenant.get("email").stringValue()).toList();
    }
}
