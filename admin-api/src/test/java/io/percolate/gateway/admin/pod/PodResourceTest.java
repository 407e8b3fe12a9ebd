package io.percolate.gateway.admin.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.RunningManagement;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class PodResourceTest {
    @Test
    void listsPodsWithLoadAndHealth() {
        try (RunningManagement management = RunningManagement.start()) {
            String hot = management.newTenant("A");
            String warm = management.newTenant("A");
            management.database().execute("""
                            INSERT INTO pods (id, tier, host, port, capacity, memory_mb, heartbeat_at, registered_at) VALUES
                                ('tier-a-0', 'A', '10.0.0.1', 8000, 8, 512, now(), now() - interval '2 hours'),
                                ('tier-a-1', 'A', 'fd00::1', 8000, 8, NULL, now() - interval '1 hour', now() - interval '1 hour'),
                                ('tier-c-0', 'C', 'pod.example', 8000, 20, NULL, now(), now());
                            UPDATE tenant_states SET state = 'hot', pod_id = 'tier-a-0', epoch = 1 WHERE tenant_id = '%s';
                            UPDATE tenant_states SET state = 'warm', pod_id = 'tier-a-0', epoch = 1 WHERE tenant_id = '%s'
                            """.formatted(hot, warm));

            JsonNode pods = management.api().get("/v1/pods").json().get("items");

            assertThat(pods).hasSize(3);
            JsonNode first = pods.get(0);
            assertThat(first.get("id").stringValue()).isEqualTo("tier-a-0");
            assertThat(first.get("hot_tenants").intValue()).isEqualTo(1);
            assertThat(first.get("warm_tenants").intValue()).isEqualTo(1);
            assertThat(first.get("capacity").intValue()).isEqualTo(8);
            assertThat(first.get("memory_mb").intValue()).isEqualTo(512);
            assertThat(first.get("alive").booleanValue()).isTrue();
            assertThat(pods.get(1).get("alive").booleanValue()).isFalse();
            assertThat(pods.get(1).get("address").stringValue()).isEqualTo("[fd00::1]:8000");
            assertThat(pods.get(1).get("heartbeat_age_ms").longValue()).isGreaterThanOrEqualTo(3_600_000);
            assertThat(management.api().get("/v1/pods?tier=C").json().get("items"))
                    .hasSize(1);
            assertThat(management.api().get("/v1/pods?status=draining").json().get("items"))
                    .isEmpty();
            String next = management
                    .api()
                    .get("/v1/pods?limit=2")
                    .json()
                    .get("next_cursor")
                    .stringValue();
            JsonNode rest =
                    management.api().get("/v1/pods?limit=2&cursor=" + next).json();
            assertThat(rest.get("items").get(0).get("id").stringValue()).isEqualTo("tier-c-0");
            assertThat(rest.get("next_cursor").isNull()).isTrue();
        }
    }
}
