package io.percolate.gateway.admin.migration.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.admin.migration.JobStatus;
import io.percolate.gateway.admin.migration.MigrationConfig;
import io.percolate.gateway.admin.migration.MigrationKind;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.warmup.handoff.MoveOutcome;
import io.percolate.gateway.warmup.handoff.TenantMoves;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Workers of several processes that want the same jobs, over real pods and PostgreSQL: each is carried out once. */
class JobRaceTest {
    private static final Duration PATIENCE = JobFleet.PATIENCE;
    private static final int WORKERS = 4;
    private static final int JOBS = 60;
    private static final int CONCURRENT = 3;

    private static JobFleet fleet;

    @BeforeAll
    static void start() {
        fleet = new JobFleet(
                Map.of(
                        "MANAGEMENT_MIGRATION_CONCURRENCY",
                        Integer.toString(CONCURRENT),
                        "MANAGEMENT_MIGRATION_LEASE",
                        "30s"),
                "a-0",
                "b-0");
    }

    @AfterAll
    static void stop() {
        fleet.close();
    }

    @AfterEach
    void nothingIsLeft() {
        fleet.sql("DELETE FROM migration_jobs");
        fleet.sql("DELETE FROM migrations");
    }

    @Test
    void ofManyWorkersOneGetsEachJob() {
        TenantId[] tenants =
                Stream.generate(() -> fleet.tenant("B")).limit(JOBS).toArray(TenantId[]::new);
        for (TenantId tenant : tenants) {
            fleet.sql("INSERT INTO migration_jobs (tenant_id, kind, source, target) VALUES ('" + tenant
                    + "', 'pod', '', '*')");
        }
        Queue<Job> claimed = new ConcurrentLinkedQueue<>();
        AtomicBoolean tooMany = new AtomicBoolean();

        Flux.range(0, WORKERS)
                .flatMap(
                        worker -> {
                            JobStore store = fleet.store();
                            return store.claim(2)
                                    .doOnNext(jobs -> tooMany.compareAndSet(false, jobs.size() > 2))
                                    .doOnNext(claimed::addAll)
                                    .repeat()
                                    .takeUntil(jobs -> claimed.size() >= JOBS);
                        },
                        WORKERS)
                .blockLast(PATIENCE);

        assertThat(claimed).extracting(Job::tenant).doesNotHaveDuplicates().containsExactlyInAnyOrder(tenants);
        assertThat(claimed).allSatisfy(job -> assertThat(job.attempts()).isEqualTo(1));
        assertThat(tooMany).as("more than were asked for").isFalse();
    }

    @Test
    void aMigrationsConcurrencyHoldsAcrossWorkersThatLookAtOnce() {
        TenantId[] tenants = Stream.generate(() -> fleet.tenant("B")).limit(10).toArray(TenantId[]::new);
        UUID migration = fleet.order(MigrationKind.POD, MigrationKind.ELSEWHERE, tenants);

        List<Job> claimed = Objects.requireNonNull(Flux.range(0, WORKERS)
                .flatMap(worker -> fleet.store().claim(JOBS), WORKERS)
                .concatMapIterable(jobs -> jobs)
                .collectList()
                .block(PATIENCE));

        assertThat(claimed).hasSize(CONCURRENT).extracting(Job::migration).containsOnly(migration);
        assertThat(fleet.store().claim(JOBS).block(PATIENCE)).isEmpty();
    }

    @Test
    void twoWorkersThatWorkAtOnceMoveEachTenantOnce() {
        List<TenantId> tenants =
                IntStream.range(0, 4).mapToObj(i -> fleet.hotTenant("B")).toList();
        fleet.order(MigrationKind.TIER, "A", tenants.toArray(TenantId[]::new));
        Queue<TenantId> moved = new ConcurrentLinkedQueue<>();
        TenantMoves counted = order -> fleet.moves().move(order).doOnNext(outcome -> {
            if (outcome instanceof MoveOutcome.Moved) {
                moved.add(order.tenant());
            }
        });

        AtomicInteger ended = new AtomicInteger();
        Flux.range(0, 2)
                .flatMap(
                        worker -> {
                            JobStore store = fleet.store();
                            return store.claim(1)
                                    .flatMapIterable(jobs -> jobs)
                                    .concatMap(fleet.run(store, counted)::run)
                                    .doOnNext(status -> ended.incrementAndGet())
                                    .repeat(() -> ended.get() < tenants.size());
                        },
                        2)
                .blockLast(PATIENCE);

        assertThat(moved).containsExactlyInAnyOrderElementsOf(tenants);
        assertThat(tenants).allSatisfy(tenant -> {
            assertThat(fleet.value(
                            "SELECT string_agg(status || ' ' || attempts, ', ') FROM migration_jobs WHERE tenant_id = $1",
                            tenant))
                    .isEqualTo("completed 1");
            assertThat(fleet.where(tenant)).isEqualTo("hot a-0");
            assertThat(epoch(tenant)).isEqualTo("2");
            assertThat(told(tenant)).isEqualTo("1");
        });
    }

    @Test
    void theHeirGoesOnFromTheStepItFindsAndNothingThatTheFormerWorkerWritesCounts() {
        TenantId tenant = fleet.hotTenant("B");
        fleet.order(MigrationKind.TIER, "A", tenant);
        JobStore former = fleet.store();
        Job started = only(former);
        Job redirected = Objects.requireNonNull(former.redirect(started).block(PATIENCE));
        JobStore heir = fleet.store();
        assertThat(heir.claim(1).block(PATIENCE)).as("while its lease lives").isEmpty();

        fleet.endLeases();
        Job inherited = only(heir);
        String before = row(tenant);

        assertThat(inherited.step()).isEqualTo(JobStep.HAND_OFF);
        assertThat(inherited.attempts()).isEqualTo(2);
        List<Mono<?>> lateWrites = List.of(
                former.enter(redirected, JobStep.COMPENSATE),
                former.redirect(redirected),
                former.revert(redirected),
                former.postpone(redirected, JobStep.START, Duration.ZERO, "late"),
                former.end(redirected, JobResult.without(JobStatus.FAILED, "late")));
        lateWrites.forEach(
                write -> assertThatThrownBy(() -> write.block(PATIENCE)).isInstanceOf(LeaseLost.class));
        assertThat(former.renew(Set.of(inherited.id())).block(PATIENCE)).isEmpty();
        former.release(Set.of(inherited.id())).block(PATIENCE);
        assertThat(fleet.store().claim(1).block(PATIENCE))
                .as("the heir's lease lives")
                .isEmpty();
        assertThat(row(tenant)).isEqualTo(before);
        assertThat(told(tenant)).isEqualTo("0");

        assertThat(fleet.run(heir, fleet.moves()).run(inherited).block(PATIENCE))
                .isEqualTo(JobStatus.COMPLETED);
        assertThat(fleet.where(tenant)).isEqualTo("hot a-0");
        assertThat(told(tenant)).isEqualTo("1");
    }

    @Test
    void aWorkerThatComesBackFromItsMoveAfterItsLeaseFindsTheJobEnded() {
        TenantId tenant = fleet.hotTenant("B");
        fleet.order(MigrationKind.TIER, "A", tenant);
        JobStore former = fleet.store();
        Sinks.Empty<Void> pause = Sinks.empty();
        Sinks.Empty<Void> hasMoved = Sinks.empty();
        TenantMoves paused = order -> fleet.moves()
                .move(order)
                .doOnNext(outcome -> hasMoved.tryEmitEmpty())
                .delayUntil(done -> pause.asMono());
        Mono<JobStatus> late = fleet.run(former, paused).run(only(former)).cache();
        Disposable running = late.onErrorComplete().subscribe();
        hasMoved.asMono().block(PATIENCE);

        fleet.endLeases();
        JobStore heir = fleet.store();
        JobStatus ended = fleet.run(heir, fleet.moves()).run(only(heir)).block(PATIENCE);
        pause.tryEmitEmpty();

        assertThat(ended).isEqualTo(JobStatus.COMPLETED);
        assertThatThrownBy(() -> late.block(PATIENCE)).isInstanceOf(LeaseLost.class);
        running.dispose();
        assertThat(fleet.value("SELECT error_message FROM migration_jobs WHERE tenant_id = $1", tenant))
                .isEqualTo("it was there already");
        assertThat(epoch(tenant)).isEqualTo("2");
        assertThat(told(tenant)).isEqualTo("1");
        assertThat(fleet.value(
                        "SELECT count(*)::text FROM audit_log WHERE tenant_id = $1 AND action = 'tenant.updated'",
                        tenant))
                .isEqualTo("1");
    }

    @Test
    void aProcessLetsGoOfAJobThatAnotherHasTaken() {
        TenantId tenant = fleet.tenant("B");
        fleet.order(MigrationKind.POD, MigrationKind.ELSEWHERE, tenant);
        MigrationConfig quick = MigrationConfig.read(new ConfigReader(ConfigSource.of(
                Map.of("MANAGEMENT_MIGRATION_INTERVAL", "20ms", "MANAGEMENT_MIGRATION_LEASE", "300ms"))));
        AtomicBoolean begun = new AtomicBoolean();
        AtomicBoolean left = new AtomicBoolean();
        JobWorkers workers = fleet.workers(
                quick,
                order -> Mono.<MoveOutcome>never()
                        .doOnSubscribe(subscription -> begun.set(true))
                        .doOnCancel(() -> left.set(true)));
        workers.start();
        try {
            await().atMost(PATIENCE).untilTrue(begun);

            fleet.sql("UPDATE migration_jobs SET lease_owner = gen_random_uuid(),"
                    + " lease_until = now() + interval '1 hour' WHERE tenant_id = '" + tenant + "'");

            await().atMost(PATIENCE).untilTrue(left);
            assertThat(fleet.meters().get("migration.jobs.running").gauge().value())
                    .isZero();
        } finally {
            workers.stop().block(PATIENCE);
        }
        assertThat(fleet.value(
                        "SELECT (lease_until > now() + interval '30 minutes')::text FROM migration_jobs WHERE tenant_id = $1",
                        tenant))
                .as("the other's lease stands")
                .isEqualTo("true");
    }

    private static Job only(JobStore store) {
        List<Job> jobs = Objects.requireNonNull(store.claim(2).block(PATIENCE));
        assertThat(jobs).hasSize(1);
        return jobs.getFirst();
    }

    private static String epoch(TenantId tenant) {
        return fleet.value("SELECT epoch::text FROM tenant_states WHERE tenant_id = $1", tenant);
    }

    private static String told(TenantId tenant) {
        return fleet.value(
                "SELECT count(*)::text FROM webhook_deliveries WHERE payload->>'tenant' = $1::uuid::text", tenant);
    }

    private static String row(TenantId tenant) {
        return fleet.value(
                "SELECT j::text || t.tier FROM migration_jobs j JOIN tenants t ON t.id = j.tenant_id WHERE t.id = $1",
                tenant);
    }
}
