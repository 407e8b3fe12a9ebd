package io.percolate.gateway.admin.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.RunningManagement;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ShardResourceTest {
    private static final int TENANTS = 2_000;
    private static RunningManagement management;

    @BeforeAll
    static void start() {
        management = RunningManagement.start();
        management.database().execute("""
                INSERT INTO tenants (email, tier) SELECT 's' || i || '@example.com', 'C' FROM generate_series(1, %d) i;
                INSERT INTO shard_groups (id, tier) VALUES ('eu', 'C');
                INSERT INTO shards (id, shard_group) SELECT 'eu-' || i, 'eu' FROM generate_series(0, 9) i;
                INSERT INTO pods (id, tier, host, port, capacity, shard_id) VALUES
                    ('c-0', 'C', '127.0.0.1', 8000, 1000, 'eu-0');
                """.formatted(TENANTS));
    }

    @AfterAll
    static void stop() {
        management.close();
    }

    @Test
    void aPlanTellsWhatMovesAndIsCarriedOutAsTheNextGeneration() {
        management.database().execute("UPDATE tenant_states SET state = 'hot', pod_id = 'c-0', epoch = 1");
        long before = generation();

        JsonNode plan = management
                .api()
                .post("/v1/shards/plan", "{\"id\": \"eu-10\", \"group\": \"eu\"}")
                .json();

        assertThat(generation()).isEqualTo(before);
        assertThat(plan.get("tenants").intValue()).isEqualTo(TENANTS);
        assertThat(plan.get("key_share").doubleValue())
                .isLessThan(1.0 / 11 + 0.02)
                .isGreaterThan(1.0 / 11 - 0.02);
        assertThat(plan.get("share").doubleValue()).isLessThan(1.0 / 11 + 0.02).isPositive();
        assertThat(plan.get("ways"))
                .isNotEmpty()
                .allMatch(way -> way.get("to").stringValue().equals("eu-10"));
        assertThat(plan.get("examples")).hasSize(20);
        assertThat(plan.get("hot_moving")).isEqualTo(plan.get("moving"));

        String body = "{\"id\": \"eu-10\", \"group\": \"eu\", \"generation\": " + before + "}";
        Answer created = management.api().post("/v1/shards", body);

        assertThat(created.status()).isEqualTo(201);
        assertThat(generation()).isEqualTo(before + 1);
        assertThat(management.value("SELECT count(*) FROM migration_jobs WHERE kind = 'shard' AND target = 'eu-10'"
                        + " AND source = 'eu-0' AND status = 'pending'"))
                .isEqualTo(plan.get("moving").toString());
        assertThat(management.value("SELECT count(*) FROM audit_log WHERE action = 'shard.created'"
                        + " AND metadata ->> 'shard' = 'eu-10'"))
                .isEqualTo("1");

        Answer again = management.api().post("/v1/shards", body);
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.json().get("type").stringValue()).endsWith("generation-stale");

        JsonNode removal = management
                .api()
                .post("/v1/shards/plan", "{\"id\": \"eu-10\", \"group\": \"eu\", \"status\": \"draining\"}")
                .json();
        assertThat(removal.get("ways"))
                .allMatch(way -> way.get("from").stringValue().equals("eu-10"));
        assertThat(removal.get("moving")).isEqualTo(plan.get("moving"));

        assertThat(management
                        .api()
                        .post("/v1/shards/eu-10/drain", "")
                        .json()
                        .get("status")
                        .stringValue())
                .isEqualTo("draining");
        assertThat(generation()).isEqualTo(before + 2);
    }

    @Test
    void aShardIsRetiredOnlyWhenNobodyIsPinnedToIt() {
        management.database().execute("""
                INSERT INTO shards (id, shard_group) VALUES ('pin-0', 'pins'), ('pin-1', 'pins');
                INSERT INTO tenants (email, tier, shard_id) VALUES ('pinned@example.com', 'B', 'pin-0');
                """);

        Answer refused = management.api().patch("/v1/shards/pin-0", "{\"status\": \"retired\"}");
        Answer retired = management.api().patch("/v1/shards/pin-1", "{\"status\": \"retired\", \"weight\": 2.5}");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().get("detail").stringValue()).startsWith("1 tenants are pinned");
        assertThat(retired.json().get("status").stringValue()).isEqualTo("retired");
        assertThat(retired.json().get("weight").doubleValue()).isEqualTo(2.5);
        JsonNode listed = management.api().get("/v1/shards?group=pins").json().get("items");
        assertThat(StreamSupport.stream(listed.spliterator(), false)
                        .map(shard -> shard.get("pinned_tenants").intValue()))
                .containsExactly(1, 0);
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThat(management
                        .api()
                        .patch("/v1/shards/nowhere", "{\"weight\": 1}")
                        .status())
                .isEqualTo(404);
        assertThat(management
                        .api()
                        .post("/v1/shards", "{\"id\": \"x\", \"group\": \"g\", \"weight\": 0, \"region\": \"a b\"}")
                        .json()
                        .get("errors"))
                .hasSize(2);
        assertThat(management
                        .api()
                        .post("/v1/shards", "{\"id\": \"x\", \"group\": \"g\", \"region\": \"mars\"}")
                        .status())
                .isEqualTo(400);
        assertThat(management.value("SELECT count(*) FROM shard_groups WHERE id = 'g'"))
                .isEqualTo("0");
    }

    private static long generation() {
        return Long.parseLong(management.value("SELECT generation FROM shard_groups WHERE id = 'eu'"));
    }
}
