package io.percolate.gateway.admin.migration.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.migration.JobStatus;
import io.percolate.gateway.admin.migration.MigrationKind;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.warmup.handoff.ComingSettings;
import io.percolate.gateway.warmup.handoff.MoveOrder;
import io.percolate.gateway.warmup.handoff.MoveOutcome;
import io.percolate.gateway.warmup.handoff.MoveTarget;
import io.percolate.gateway.warmup.handoff.TenantMoves;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Jobs to another shard and another region, over real pods and PostgreSQL: carried out, and taken back where they cannot be. */
class JobKindsTest {
    private static final int ATTEMPTS_MAX = 3;
    private static final int LOOKS_MAX = 20;

    private static JobFleet fleet;
    private static JobStore store;

    @BeforeAll
    static void start() {
        fleet = new JobFleet(
                Map.of("MANAGEMENT_MIGRATION_ATTEMPTS_MAX", Integer.toString(ATTEMPTS_MAX)),
                "b-home",
                "b-one",
                "b-two",
                "b-west");
        store = fleet.store();
        fleet.sql("INSERT INTO regions (id) VALUES ('west'), ('full'), ('bluff')");
        fleet.sql("INSERT INTO shard_groups (id) VALUES ('pins')");
        fleet.sql("INSERT INTO shards (id, shard_group) VALUES ('home', 'pins'), ('one', 'pins'), ('two', 'pins'),"
                + " ('full', 'pins'), ('bluff', 'pins')");
        fleet.sql("UPDATE pods SET shard_id = substr(id, 3) WHERE id <> 'b-west'");
        fleet.sql("UPDATE pods SET region = 'west', shard_id = 'home' WHERE id = 'b-west'");
        // One pod each whose row says that it is full, and one that is full although its row does not say so.
        for (String place : List.of("full", "bluff")) {
            for (String kind : List.of("region", "shard_id")) {
                String pod = "b-" + place + "-" + kind;
                fleet.pod(pod, 1);
                fleet.sql("UPDATE pods SET " + kind + " = '" + place + "' WHERE id = '" + pod + "'");
                TenantId occupant = fleet.tenant("B");
                fleet.sql("UPDATE tenants SET " + kind + " = '" + place + "' WHERE id = '" + occupant + "'");
                fleet.wake(occupant);
                assertThat(fleet.where(occupant)).isEqualTo("hot " + pod);
            }
        }
        fleet.sql("UPDATE pods SET shard_id = 'home' WHERE id LIKE 'b-%-region'");
        fleet.sql("UPDATE pods SET capacity = 5 WHERE id LIKE 'b-bluff-%'");
    }

    @AfterAll
    static void stop() {
        fleet.close();
    }

    @Test
    void aTenantMovesToAnotherRegionWithItsData() {
        TenantId tenant = tenantAtHome();

        carryOut(fleet.order(MigrationKind.REGION, "west", tenant));

        assertThat(job(tenant)).isEqualTo("completed b-home>b-west");
        assertThat(fleet.where(tenant)).isEqualTo("hot b-west");
        assertThat(settings(tenant)).isEqualTo("B west home");
        assertThat(fleet.kept(tenant)).isEqualTo("of " + tenant);
    }

    @Test
    void aTenantMovesFromShardToShardWithItsData() {
        TenantId tenant = tenantAtHome();

        carryOut(fleet.order(MigrationKind.SHARD, "one", tenant));
        assertThat(fleet.where(tenant)).isEqualTo("hot b-one");
        carryOut(fleet.order(MigrationKind.SHARD, "two", tenant));

        assertThat(fleet.where(tenant)).isEqualTo("hot b-two");
        assertThat(settings(tenant)).isEqualTo("B default two");
        assertThat(fleet.kept(tenant)).isEqualTo("of " + tenant);
    }

    @Test
    void theNewPodHasFetchedWhatThereIsBeforeTheSettingChanges() {
        TenantId tenant = tenantAtHome();
        fleet.order(MigrationKind.REGION, "west", tenant);
        List<String> seen = new ArrayList<>();
        TenantMoves watched = new TenantMoves() {
            @Override
            public Mono<Optional<PodId>> prepare(TenantId moved, ComingSettings coming) {
                return fleet.moves()
                        .prepare(moved, coming)
                        .publishOn(Schedulers.boundedElastic())
                        .doOnNext(pod -> seen.add(
                                pod.orElseThrow() + " is ready; " + settings(tenant) + "; " + fleet.where(tenant) + "; "
                                        + fleet.kept(tenant).equals("of " + tenant)));
            }

            @Override
            public Mono<MoveOutcome> move(MoveOrder order) {
                seen.add(order.target() + "");
                return fleet.moves().move(order);
            }
        };

        Job job =
                Objects.requireNonNull(store.claim(1).block(JobFleet.PATIENCE)).getFirst();
        JobStatus ended = fleet.run(store, watched).run(job).block(JobFleet.PATIENCE);

        assertThat(ended).isEqualTo(JobStatus.COMPLETED);
        assertThat(seen)
                .containsExactly("b-west is ready; B default home; hot b-home; true", "Allowed[prepared=b-west]");
        assertThat(fleet.where(tenant)).isEqualTo("hot b-west");
    }

    @Test
    void whoIsWhereTheSettingWantsItStaysThere() {
        TenantId tenant = tenantAtHome();
        fleet.sql("UPDATE tenants SET shard_id = NULL WHERE id = '" + tenant + "'");
        String epoch = epoch(tenant);

        carryOut(fleet.order(MigrationKind.SHARD, "home", tenant));

        assertThat(fleet.where(tenant)).isEqualTo("hot b-home");
        assertThat(epoch(tenant)).isEqualTo(epoch);
        assertThat(settings(tenant)).isEqualTo("B default home");
        assertThat(audited(tenant)).isEqualTo("\"shard_id\": null > \"shard_id\": \"home\"");
    }

    @Test
    void aTenantAtRestIsGivenItsSettingAndIsLoadedThereFromItsOldPodsDiskWhenItIsWoken() {
        TenantId tenant = tenantAtHome();
        fleet.evict(tenant);

        carryOut(fleet.order(MigrationKind.REGION, "west", tenant));
        assertThat(job(tenant)).isEqualTo("completed ");
        assertThat(fleet.where(tenant)).isEqualTo("warm b-home");
        fleet.wake(tenant);

        assertThat(fleet.where(tenant)).isEqualTo("hot b-west");
        assertThat(fleet.kept(tenant)).isEqualTo("of " + tenant);
    }

    @ParameterizedTest
    @CsvSource({"REGION, full", "SHARD, full", "REGION, bluff", "SHARD, bluff", "TIER, C"})
    void whereThereIsNoRoomEverythingIsAsBefore(MigrationKind kind, String target) {
        TenantId tenant = tenantAtHome();

        UUID migration = fleet.order(kind, target, tenant);
        carryOut(migration);

        assertThat(job(tenant)).isEqualTo("failed ");
        assertThat(fleet.value(
                        "SELECT attempts || ' ' || error_message FROM migration_jobs WHERE tenant_id = $1", tenant))
                .isEqualTo(ATTEMPTS_MAX + " no pod that it may go to has room (after " + ATTEMPTS_MAX + " attempts)");
        assertThat(settings(tenant)).isEqualTo("B default home");
        assertThat(fleet.where(tenant)).isEqualTo("hot b-home");
        assertThat(fleet.kept(tenant)).isEqualTo("of " + tenant);
        // The setting, and that it was taken back.
        assertThat(fleet.value(
                        "SELECT count(*)::text FROM audit_log WHERE tenant_id = $1 AND action = 'tenant.updated'",
                        tenant))
                .isEqualTo("2");
        assertThat(fleet.value(
                        "SELECT event FROM webhook_deliveries WHERE payload->>'tenant' = $1::uuid::text", tenant))
                .isEqualTo("tenant.migration_failed");
    }

    @Test
    void whatIsCanceledAfterItHasMovedGoesBack() {
        TenantId tenant = tenantAtHome();
        UUID migration = fleet.order(MigrationKind.REGION, "west", tenant);
        // Its worker moves it and dies before it can say so.
        JobStore mortal = fleet.store();
        mortal.claim(1)
                .flatMap(jobs -> mortal.redirect(jobs.getFirst()))
                .flatMap(job -> fleet.moves().move(new MoveOrder(tenant, new MoveTarget.Allowed(null), job.holdMax())))
                .block(JobFleet.PATIENCE);
        assertThat(fleet.where(tenant)).isEqualTo("hot b-west");
        fleet.keep(tenant, "from the west");

        fleet.cancel(migration);
        fleet.endLeases();
        carryOut(migration);

        assertThat(job(tenant)).isEqualTo("canceled ");
        assertThat(settings(tenant)).isEqualTo("B default home");
        assertThat(fleet.where(tenant)).isEqualTo("hot b-home");
        assertThat(fleet.kept(tenant)).isEqualTo("from the west");
    }

    @Test
    void whatSomebodyHasChangedSinceIsNotTakenBack() {
        TenantId tenant = tenantAtHome();
        UUID migration = fleet.order(MigrationKind.SHARD, "full", tenant);
        JobStore mortal = fleet.store();
        mortal.claim(1).flatMap(jobs -> mortal.redirect(jobs.getFirst())).block(JobFleet.PATIENCE);
        fleet.sql("UPDATE tenants SET shard_id = 'one' WHERE id = '" + tenant + "'");

        fleet.cancel(migration);
        fleet.endLeases();
        carryOut(migration);

        assertThat(job(tenant)).isEqualTo("canceled ");
        assertThat(settings(tenant)).isEqualTo("B default one");
        assertThat(fleet.where(tenant)).isEqualTo("hot b-one");
        assertThat(fleet.kept(tenant)).isEqualTo("of " + tenant);
    }

    /** Hot in the pod of its shard, with data. */
    private static TenantId tenantAtHome() {
        TenantId tenant = fleet.tenant("B");
        fleet.sql("UPDATE tenants SET shard_id = 'home' WHERE id = '" + tenant + "'");
        fleet.wake(tenant);
        fleet.keep(tenant, "of " + tenant);
        assertThat(fleet.where(tenant)).isEqualTo("hot b-home");
        return tenant;
    }

    /** Works on what is due, without the waits between attempts, until there is nothing more. */
    private static void carryOut(UUID migration) {
        for (int looks = 0; looks < LOOKS_MAX; looks++) {
            List<Job> jobs = Objects.requireNonNull(store.claim(1).block(JobFleet.PATIENCE));
            if (jobs.isEmpty()) {
                return;
            }
            assertThat(jobs.getFirst().migration()).isEqualTo(migration);
            fleet.run(store, fleet.moves()).run(jobs.getFirst()).block(JobFleet.PATIENCE);
            fleet.sql("UPDATE migration_jobs SET retry_at = NULL WHERE status = 'pending'");
        }
        throw new AssertionError("its job never ends");
    }

    private static String job(TenantId tenant) {
        return fleet.value(
                "SELECT status || ' ' || COALESCE(from_pod || '>' || to_pod, '') FROM migration_jobs WHERE tenant_id = $1",
                tenant);
    }

    private static String settings(TenantId tenant) {
        return fleet.value("SELECT concat_ws(' ', tier, region, shard_id) FROM tenants WHERE id = $1", tenant);
    }

    private static String epoch(TenantId tenant) {
        return fleet.value("SELECT epoch::text FROM tenant_states WHERE tenant_id = $1", tenant);
    }

    private static String audited(TenantId tenant) {
        return fleet.value(
                "SELECT trim(both '{}' from (metadata->'before')::text) || ' > '"
                        + " || trim(both '{}' from (metadata->'after')::text)"
                        + " FROM audit_log WHERE tenant_id = $1 AND action = 'tenant.updated'",
                tenant);
    }
}
