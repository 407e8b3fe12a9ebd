package io.percolate.gateway.bench.moves;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.fixtures.TemporaryFolder;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.topology.RendezvousTable.Node;
import io.percolate.gateway.routing.topology.ShardGroup;
import io.percolate.gateway.routing.topology.ShardId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Moves ordered through the API and carried out by a management process's workers while tenants are used, and pods that stop
 * to beat and to answer, and come back. That several such processes share the jobs is {@code JobRaceTest}'s to show.
 */
class MovesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration BETWEEN_REQUESTS = Duration.ofMillis(2);
    private static final int PODS_OF_A = 3;
    private static final int TENANTS_OF_A = Integer.getInteger("percolate.losses.tenants", 6);
    private static final int CAPACITY = 30 + TENANTS_OF_A;

    private static Path folder;
    private static MovingFleet fleet;

    @BeforeAll
    static void start() {
        folder = TemporaryFolder.create("moves");
        fleet = new MovingFleet(
                folder,
                List.of("a-0", "a-1", "a-2", "b-0", "b-1", "c-0", "c-1"),
                CAPACITY,
                Map.of(
                        "MANAGEMENT_MIGRATION_ATTEMPTS_MAX", "3",
                        "MANAGEMENT_REBALANCE_SETTLE", "0s",
                        "GATEWAY_POD_LOSS_A", "restore_snapshot",
                        "MANAGEMENT_POD_LATE_AFTER", "1s",
                        "MANAGEMENT_POD_LOST_AFTER", "300ms",
                        "MANAGEMENT_SNAPSHOT_INTERVAL_A", "100ms"));
    }

    @AfterAll
    static void stop() {
        fleet.close();
        TemporaryFolder.delete(folder);
    }

    @Test
    void aPodIsDrainedWhileItsTenantsAreUsedAndNoRequestFails() {
        String pod = "b-0";
        List<TenantId> all = fleet.newTenantsIn(pod, 3);
        TenantId onDisk = all.getFirst();
        List<TenantId> tenants = all.subList(1, all.size());
        fleet.api("POST", "/v1/tenants/" + onDisk + "/evict", "");
        Queue<String> failed = new ConcurrentLinkedQueue<>();
        AtomicInteger answered = new AtomicInteger();
        AtomicBoolean enough = new AtomicBoolean();
        List<Thread> clients = new ArrayList<>();
        for (TenantId tenant : tenants) {
            clients.add(Thread.ofVirtual().start(() -> {
                int last = 0;
                while (!enough.get()) {
                    try {
                        var written = fleet.ask(tenant, "PUT", "/kv/number", Integer.toString(++last));
                        var read = fleet.ask(tenant, "GET", "/kv/number", "");
                        if (written.statusCode() >= 300 || !read.body().equals(Integer.toString(last))) {
                            failed.add(written.statusCode() + " " + read.statusCode() + " " + read.body() + " for "
                                    + last);
                        }
                        answered.addAndGet(2);
                        LockSupport.parkNanos(BETWEEN_REQUESTS.toNanos());
                    } catch (RuntimeException broken) {
                        failed.add(broken.toString());
                    }
                }
            }));
        }
        await().atMost(PATIENCE).until(() -> answered.get() > 20);

        fleet.api("POST", "/v1/pods/" + pod + "/drain", "{\"concurrent\": 2}");
        JsonNode drained = fleet.api("GET", "/v1/pods/" + pod + "/drain?wait_seconds=40", "");
        int before = answered.get();
        await().atMost(PATIENCE).until(() -> answered.get() > before + 20);
        enough.set(true);
        clients.forEach(client -> await().atMost(PATIENCE).until(() -> !client.isAlive()));

        assertThat(drained.path("drained").asBoolean()).as(drained.toString()).isTrue();
        assertThat(failed).isEmpty();
        assertThat(fleet.state(onDisk, "state")).isEqualTo("cold");
        assertThat(all).allSatisfy(tenant -> assertThat(fleet.kept(tenant)).isEqualTo("of " + tenant));
        assertThat(tenants)
                .allSatisfy(tenant -> assertThat(fleet.state(tenant, "pod_id")).isNotEqualTo(pod));
        await().atMost(PATIENCE)
                .until(() -> fleet.value("SELECT count(*) FROM audit_log WHERE action = 'pod.drained'"
                                + " AND metadata->>'pod' = '" + pod + "'")
                        .equals("1"));

        JsonNode back = fleet.api("POST", "/v1/pods/" + pod + "/undrain", "");
        assertThat(back.path("status").asString()).isEqualTo("ready");
        assertThat(fleet.value("SELECT version_label FROM pods WHERE id = '" + pod + "'"))
                .isEqualTo("v1");
    }

    @Test
    void aTenantChangesItsTierAndKeepsItsData() {
        TenantId tenant = fleet.newTenantsIn("b-1", 1).getFirst();

        fleet.api("PATCH", "/v1/tenants/" + tenant, "{\"tier\": \"A\"}");
        String migration = fleet.api("GET", "/v1/tenants/" + tenant + "/migrations", "")
                .path("items")
                .path(0)
                .path("migration")
                .asString();
        awaitEnd(migration);

        JsonNode job = fleet.api("GET", "/v1/migrations/" + migration + "/jobs", "")
                .path("items")
                .path(0);
        assertThat(job.path("status").asString()).as(job.toString()).isEqualTo("completed");
        assertThat(job.path("to_pod").asString()).startsWith("a-");
        assertThat(fleet.value("SELECT tier FROM tenants WHERE id = '" + tenant + "'"))
                .isEqualTo("A");
        assertThat(fleet.state(tenant, "state || ' ' || pod_id")).startsWith("hot a-");
        assertThat(fleet.kept(tenant)).isEqualTo("of " + tenant);
        assertThat(fleet.value("SELECT count(*) FROM audit_log WHERE tenant_id = '" + tenant
                        + "' AND action IN ('tenant.updated', 'tenant.migrated') AND actor = 'migrations'"))
                .isEqualTo("2");
    }

    @Test
    void whatCannotBeDoneIsUndone() {
        TenantId tenant = fleet.newTenantsIn("b-1", 1).getFirst();
        fleet.database().execute("INSERT INTO regions (id) VALUES ('without-pods')");

        String migration = fleet.api(
                        "POST",
                        "/v1/tenants/" + tenant + "/migrations",
                        "{\"kind\": \"region\", \"target\": \"without-pods\"}")
                .path("id")
                .asString();
        JsonNode ended = awaitEnd(migration);

        assertThat(ended.path("status").asString()).isEqualTo("failed");
        JsonNode job = fleet.api("GET", "/v1/tenants/" + tenant + "/migrations", "")
                .path("items")
                .path(0);
        assertThat(job.path("attempts").asInt()).isEqualTo(3);
        assertThat(job.path("note").asString()).contains("no pod that it may go to has room");
        assertThat(fleet.value("SELECT region FROM tenants WHERE id = '" + tenant + "'"))
                .isEqualTo("default");
        assertThat(fleet.state(tenant, "state || ' ' || pod_id")).isEqualTo("hot b-1");
        assertThat(fleet.kept(tenant)).isEqualTo("of " + tenant);
    }

    @Test
    void tenantsOfANewShardMoveToItsPodsAndArePinnedNowhere() {
        fleet.api("POST", "/v1/shards", "{\"id\": \"s-0\", \"group\": \"c\", \"tier\": \"C\"}");
        fleet.database().execute("UPDATE pods SET shard_id = 's-0' WHERE id = 'c-0'");
        List<Node<ShardId>> both =
                List.of(new Node<>("s-0", 1, new ShardId("s-0")), new Node<>("s-1", 1, new ShardId("s-1")));
        TenantId mover = tenantOf("s-1", both);
        TenantId other = tenantOf("s-0", both);
        for (TenantId tenant : List.of(mover, other)) {
            fleet.newTenant("C", tenant);
            fleet.keep(tenant);
            assertThat(fleet.state(tenant, "state || ' ' || pod_id")).isEqualTo("hot c-0");
        }

        fleet.database()
                .execute("INSERT INTO shards (id, shard_group, status) VALUES ('s-1', 'c', 'draining');"
                        + " UPDATE pods SET shard_id = 's-1' WHERE id = 'c-1'");
        fleet.api("PATCH", "/v1/shards/s-1", "{\"status\": \"active\"}");

        await().atMost(PATIENCE)
                .until(() -> fleet.value("SELECT status FROM migration_jobs WHERE kind = 'shard' AND tenant_id = '"
                                + mover + "'")
                        .equals("completed"));
        assertThat(fleet.state(mover, "state || ' ' || pod_id")).isEqualTo("hot c-1");
        assertThat(fleet.state(other, "state || ' ' || pod_id || ' ' || epoch")).isEqualTo("hot c-0 1");
        assertThat(List.of(mover, other))
                .allSatisfy(tenant -> assertThat(fleet.kept(tenant)).isEqualTo("of " + tenant));
        assertThat(fleet.value("SELECT count(*) FROM tenants WHERE tier = 'C' AND shard_id IS NOT NULL"))
                .isEqualTo("0");
    }

    @Test
    void podsAreLoadedAlike() {
        fleet.newTenantsIn("b-1", 4);

        JsonNode plan = fleet.api("POST", "/v1/rebalance", "{\"dry_run\": true}");
        assertThat(fleet.value("SELECT count(*) FROM migrations WHERE kind = 'rebalance'"))
                .isEqualTo("0");
        JsonNode run = fleet.api("POST", "/v1/rebalance", "{\"dry_run\": false, \"per_hour\": 3600000}");
        JsonNode ended = awaitEnd(run.path("migration").path("id").asString());

        assertThat(run.path("moves")).isEqualTo(plan.path("moves")).isNotEmpty();
        assertThat(ended.path("completed").asInt()).isEqualTo(plan.path("moves").size());
        // What is promised; one tenant more than the mean cannot be avoided where that is less.
        assertThat(fleet.value("SELECT max(hot) <= greatest(1.25 * avg(hot), ceil(avg(hot))) FROM (SELECT"
                        + " (SELECT count(*) FROM tenant_states s WHERE s.pod_id = p.id AND s.state = 'hot') AS hot"
                        + " FROM pods p WHERE p.tier = 'B') counts"))
                .isEqualTo("t");
    }

    /**
     * With {@code -Dpercolate.losses.tenants=600} in large; it prints how long it took, whom it moved and how even the pods are.
     */
    @Test
    void tenantsOfTierAAreHotElsewhereWithoutBeingAskedForAndTheReturningPodDropsItsCopies() {
        List<TenantId> tenants =
                Stream.generate(() -> fleet.newTenant("A")).limit(TENANTS_OF_A).toList();
        tenants.parallelStream().forEach(fleet::keep);
        fleet.database().execute("UPDATE tenant_states SET snapshot_at = NULL");
        await().atMost(PATIENCE)
                .until(() -> fleet.value(
                                "SELECT count(*) FROM tenant_states s JOIN tenants t ON t.id = s.tenant_id WHERE"
                                        + " t.tier = 'A' AND s.state = 'hot' AND (s.snapshot_at IS NULL OR s.snapshot_epoch <>"
                                        + " s.epoch)")
                        .equals("0"));
        String pod = fleet.state(tenants.getFirst(), "pod_id");
        List<TenantId> concerned = tenants.stream()
                .filter(tenant -> fleet.state(tenant, "pod_id").equals(pod))
                .toList();

        String hot = fleet.value("SELECT count(*) FROM tenant_states WHERE state = 'hot' AND pod_id = '" + pod + "'");
        fleet.stopPod(pod);
        long stoppedNanos = System.nanoTime();
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> fleet.value("SELECT (lost_at IS NOT NULL)::text FROM pods WHERE id = '" + pod + "'")
                        .equals("true"));
        long lostNanos = System.nanoTime();
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> fleet.value(
                                "SELECT count(*) FROM tenant_states s JOIN tenants t ON t.id = s.tenant_id WHERE"
                                        + " t.tier = 'A' AND (s.state <> 'hot' OR s.pod_id = '" + pod + "')")
                        .equals("0"));
        long hotNanos = System.nanoTime();

        assertThat(tenants).allSatisfy(tenant -> assertThat(fleet.kept(tenant)).isEqualTo("of " + tenant));
        String even =
                fleet.value("SELECT round(max(hot) / avg(hot), 2) FROM (SELECT (SELECT count(*) FROM tenant_states s"
                        + " WHERE s.pod_id = p.id AND s.state = 'hot') AS hot FROM pods p WHERE p.tier = 'A' AND p.id <> '"
                        + pod + "') counts");
        System.out.printf(
                "lost one of %d pods with %d of %d tenants: declared after %d ms, all hot %d ms later, max/mean %s%n",
                PODS_OF_A,
                concerned.size(),
                TENANTS_OF_A,
                (lostNanos - stoppedNanos) / 1_000_000,
                (hotNanos - lostNanos) / 1_000_000,
                even);
        assertThat(fleet.value("SELECT metadata->>'tenants' FROM audit_log WHERE action = 'pod.lost' AND"
                        + " metadata->>'pod' = '" + pod + "'"))
                .isEqualTo(hot);

        fleet.startPod(pod, CAPACITY);

        await().atMost(PATIENCE).until(() -> {
            String there = fleet.get(fleet.podUrl(pod).resolve("/internal/tenants"));
            return concerned.stream().noneMatch(tenant -> there.contains(tenant.toString()));
        });
        assertThat(fleet.value("SELECT (lost_at IS NULL)::text FROM pods WHERE id = '" + pod + "'"))
                .isEqualTo("true");
    }

    @Test
    void aTierThatWaitsLosesNothingAndIsAnsweredAsSoonAsThePodIsBack() {
        String pod = "b-1";
        TenantId tenant = fleet.newTenantsIn(pod, 1).getFirst();
        // Older than what it has written since.
        fleet.database()
                .execute("UPDATE tenant_states SET rocksdb_location = 's3://memory/old' WHERE tenant_id = '" + tenant
                        + "'");

        fleet.stopPod(pod);
        await().atMost(PATIENCE).until(() -> fleet.state(tenant, "state").equals("warm"));
        assertThat(fleet.state(tenant, "pod_id")).isEqualTo(pod);
        fleet.startPod(pod, CAPACITY);

        await().atMost(PATIENCE).until(() -> fleet.kept(tenant).equals("of " + tenant));
        // It may have answered before it has said that it is back, and be taken for lost till then.
        await().atMost(PATIENCE)
                .until(() -> fleet.kept(tenant).equals("of " + tenant)
                        && fleet.state(tenant, "state || ' ' || pod_id").equals("hot " + pod));
    }

    /** One whose home among these shards is this one. */
    private static TenantId tenantOf(String home, List<Node<ShardId>> shards) {
        return Stream.generate(() -> new TenantId(UUID.randomUUID()))
                .filter(tenant -> new ShardId(home).equals(ShardGroup.home(tenant, shards)))
                .findFirst()
                .orElseThrow();
    }

    private static JsonNode awaitEnd(String migration) {
        return await().atMost(PATIENCE)
                .until(
                        () -> fleet.api("GET", "/v1/migrations/" + migration, ""),
                        now -> !List.of("running", "paused")
                                .contains(now.path("status").asString()));
    }
}
