package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.pod.FakePod;
import io.percolate.gateway.warmup.pod.FakePod.Call;
import io.percolate.gateway.warmup.pod.PodAnswer.Hosted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class PostgresWakeTest {
    private final Fleet fleet = new Fleet();

    @AfterEach
    void stop() {
        fleet.pods()
                .forEach((id, pod) -> assertThat(pod.isScriptUsedUp())
                        .as("script of pod %s used up", id)
                        .isTrue());
        fleet.close();
    }

    @Test
    void aColdTenantIsLoadedFromItsSnapshotUnderTheNextEpoch() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 3);
        TenantId tenant = fleet.tenant(Tier.A);
        fleet.world().putSnapshot("s3://bucket/t", List.of("one"));
        fleet.state(tenant, "rocksdb_location = 's3://bucket/t', epoch = 4");
        Fleet.Gateway process = fleet.process();

        TenantRoute route = process.bring(tenant);

        assertThat(route.residency()).isEqualTo(Residency.HOT);
        assertThat(route.epoch()).isEqualTo(5);
        assertThat(Objects.requireNonNull(route.placement()).pod()).isEqualTo(new PodId("a-0"));
        assertThat(route).isEqualTo(fleet.route(tenant));
        assertThat(process.known(tenant)).isEqualTo(new RouteLookup.Known(route));
        assertThat(pod.calls(Call.LOAD)).containsExactly("LOAD 5 restore");
        assertThat(pod.data(tenant)).containsExactly("one");
        assertThat(process.meters()
                        .get("wakes")
                        .tags("tier", "A", "outcome", "woken")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void aThousandCallersInTwoProcessesCauseOneLoad() {
        FakePod first = fleet.pod("a-0", Tier.A, 8, 20);
        FakePod second = fleet.pod("a-1", Tier.A, 8, 20);
        TenantId tenant = fleet.tenant(Tier.A);
        TenantRoute known = fleet.route(tenant);
        Fleet.Gateway one = fleet.process();
        Fleet.Gateway other = fleet.process();

        List<TenantRoute> routes = fleet.outcome(Flux.range(0, 1_000)
                .flatMap(i -> (i % 2 == 0 ? one : other).wake().wake(known), 1_000)
                .collectList());

        assertThat(routes).hasSize(1_000).containsOnly(fleet.route(tenant));
        List<String> loads = new ArrayList<>(first.calls(Call.LOAD));
        loads.addAll(second.calls(Call.LOAD));
        assertThat(loads).containsExactly("LOAD 1");
        assertThat(one.meters().get("wake.waiters").gauge().value()).isZero();
        assertThat(one.meters().get("wake.flights").gauge().value()).isZero();
    }

    @Test
    void aCallerThatGoesAwayEndsNothing() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 50);
        TenantId tenant = fleet.tenant(Tier.A);
        Fleet.Gateway process = fleet.process();

        Disposable impatient = process.wake().wake(fleet.route(tenant)).subscribe();
        await().until(() -> !pod.calls(Call.LOAD).isEmpty());
        impatient.dispose();

        await().atMost(Fleet.PATIENCE).until(() -> fleet.route(tenant).residency() == Residency.HOT);
        assertThat(pod.calls(Call.LOAD)).hasSize(1);
    }

    @Test
    void theClaimOfADeadProcessIsTakenOverWhenItsLeaseEnds() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 0);
        pod.script(Call.LOAD, new FakePod.Silence());
        TenantId tenant = fleet.tenant(Tier.A);
        Fleet.Gateway dying = fleet.process();
        Fleet.Gateway heir = fleet.process();
        TenantRoute known = fleet.route(tenant);

        dying.wake().wake(known).onErrorComplete().subscribe();
        await().until(() -> !pod.calls(Call.LOAD).isEmpty());
        dying.wake().close();
        fleet.state(tenant, "wake_lease_until = now() + interval '500 milliseconds'");
        TenantRoute route = heir.bring(tenant);

        assertThat(route.epoch()).isEqualTo(2);
        assertThat(pod.calls(Call.LOAD)).containsExactly("LOAD 1", "LOAD 2");
        assertThat(pod.isHot(tenant, 2)).isTrue();
    }

    @Test
    void capacityIsNeverExceeded() {
        FakePod one = fleet.pod("a-0", Tier.A, 20, 3);
        FakePod other = fleet.pod("a-1", Tier.A, 20, 3);
        List<TenantId> tenants = fleet.tenants(50, Tier.A);
        List<TenantRoute> known = tenants.stream().map(fleet::route).toList();
        List<Fleet.Gateway> processes = List.of(fleet.process(), fleet.process());

        List<FailureKind> outcomes = fleet.outcome(Flux.fromIterable(known)
                .index()
                .flatMap(
                        indexed -> processes
                                .get((int) (indexed.getT1() % 2))
                                .wake()
                                .wake(indexed.getT2())
                                .map(route -> FailureKind.INTERNAL)
                                .onErrorResume(error -> Mono.just(
                                        FailureException.failureOf(error).kind())),
                        tenants.size())
                .collectList());

        assertThat(outcomes).filteredOn(kind -> kind == FailureKind.INTERNAL).hasSize(40);
        assertThat(outcomes)
                .filteredOn(kind -> kind == FailureKind.WAKE_NO_CAPACITY)
                .hasSize(10);
        assertThat(one.hotMost()).isEqualTo(20);
        assertThat(other.hotMost()).isEqualTo(20);
    }

    /** Each claim takes a while, one at a time: the last is asked for long after a lease from the beginning would be over. */
    @Test
    void noClaimIsLostToTheTimeInWhichItsWakeWaitedForItsTurn() {
        fleet.pod("a-0", Tier.A, 100, 1);
        List<TenantId> tenants = fleet.tenants(60, Tier.A);
        List<TenantRoute> known = tenants.stream().map(fleet::route).toList();
        Fleet.Gateway process = fleet.process("GATEWAY_WAKE_DATABASE_CONCURRENCY", "1", "GATEWAY_WAKE_LEASE", "3s");
        fleet.sql("CREATE OR REPLACE FUNCTION slow_claim() RETURNS trigger LANGUAGE plpgsql AS"
                + " 'BEGIN PERFORM pg_sleep(0.06); RETURN NEW; END'");
        fleet.sql("CREATE TRIGGER slow_claim BEFORE UPDATE ON tenant_states FOR EACH ROW"
                + " WHEN (OLD.wake_owner IS NULL AND NEW.wake_owner IS NOT NULL) EXECUTE FUNCTION slow_claim()");

        try {
            Flux.fromIterable(known)
                    .flatMap(process.wake()::wake, tenants.size())
                    .then()
                    .block(Fleet.PATIENCE);
        } finally {
            fleet.sql("DROP TRIGGER slow_claim ON tenant_states");
        }

        assertThat(tenants).allSatisfy(tenant -> {
            assertThat(fleet.route(tenant).residency()).isEqualTo(Residency.HOT);
            assertThat(fleet.route(tenant).epoch()).isEqualTo(1);
        });
    }

    /** None of them knows at first of the others, whom the same pods may suit best. */
    @Test
    void tenantsThatAreWokenAllAtOnceAreSpreadEvenly() {
        for (int i = 0; i < 4; i++) {
            fleet.pod("b-" + i, Tier.B, 30, 0);
        }
        List<TenantId> tenants = fleet.tenants(40, Tier.B);
        List<TenantRoute> routes = tenants.stream().map(fleet::route).toList();
        Fleet.Gateway one = fleet.process();
        Fleet.Gateway other = fleet.process();

        fleet.outcome(Flux.fromIterable(routes)
                .flatMap(
                        route -> (route.tenant().lowBits() % 2 == 0 ? one : other)
                                .wake()
                                .wake(route),
                        tenants.size())
                .collectList());

        assertThat(fleet.pods().values())
                .allSatisfy(pod -> assertThat(tenants.stream()
                                .filter(tenant -> fleet.row(tenant).pod() != null)
                                .filter(tenant -> Objects.requireNonNull(
                                                fleet.row(tenant).pod())
                                        .address()
                                        .equals(pod.address()))
                                .count())
                        .isLessThanOrEqualTo(12));
    }

    @Test
    void aWarmTenantGoesBackToItsPodAndIsNotRestored() {
        fleet.pod("a-0", Tier.A, 8, 0);
        FakePod home = fleet.pod("a-1", Tier.A, 8, 0);
        TenantId tenant = fleet.tenant(Tier.A);
        home.host(tenant, Hosted.State.WARM, 3, "one");
        fleet.state(tenant, "state = 'warm', pod_id = 'a-1', epoch = 3, rocksdb_location = 's3://bucket/old'");

        TenantRoute route = fleet.process().bring(tenant);

        assertThat(Objects.requireNonNull(route.placement()).pod()).isEqualTo(new PodId("a-1"));
        assertThat(home.calls()).containsExactly("PROBE", "LOAD 4");
        assertThat(home.data(tenant)).containsExactly("one");
    }

    @Test
    void aWarmTenantWhosePodIsFullIsExportedToAnotherAndPurgedThere() {
        FakePod home = fleet.pod("a-0", Tier.A, 1, 0);
        FakePod other = fleet.pod("a-1", Tier.A, 1, 0);
        TenantId neighbour = fleet.tenant(Tier.A);
        TenantId tenant = fleet.tenant(Tier.A);
        home.host(neighbour, Hosted.State.HOT, 1);
        home.host(tenant, Hosted.State.WARM, 3, "one");
        fleet.state(neighbour, "state = 'hot', pod_id = 'a-0', epoch = 1");
        fleet.state(tenant, "state = 'warm', pod_id = 'a-0', epoch = 3");

        fleet.process().bring(tenant);

        assertThat(other.data(tenant)).containsExactly("one");
        await().until(() -> home.state(tenant) == Hosted.State.ABSENT);
    }

    @Test
    void aTenantInThePodsMemoryIsGivenToThatPodThoughNoRoomIsCountedThere() {
        FakePod home = fleet.pod("a-0", Tier.A, 1, 0);
        FakePod other = fleet.pod("a-1", Tier.A, 8, 0);
        TenantId neighbour = fleet.tenant(Tier.A);
        TenantId tenant = fleet.tenant(Tier.A);
        home.host(tenant, Hosted.State.HOT, 3, "one");
        fleet.state(neighbour, "state = 'hot', pod_id = 'a-0', epoch = 1");
        // What a wake leaves that chose another pod, and was not heard of again.
        fleet.state(tenant, "state = 'warm', pod_id = 'a-1', source_pod_id = 'a-0', epoch = 4");

        TenantRoute route = fleet.process().bring(tenant);

        assertThat(Objects.requireNonNull(route.placement()).pod()).isEqualTo(new PodId("a-0"));
        assertThat(home.isHot(tenant, 5)).isTrue();
        assertThat(home.data(tenant)).containsExactly("one");
        assertThat(fleet.row(tenant).source()).isNull();
        assertThat(other.calls()).containsExactly("PROBE");
    }

    @Test
    void aTenantInTheMemoryOfAPodOfAnotherRegionIsHandedOff() {
        FakePod home = fleet.pod("a-0", Tier.A, 8, 0);
        FakePod other = fleet.pod("a-1", Tier.A, 8, 0);
        fleet.sql("INSERT INTO regions (id) VALUES ('west') ON CONFLICT DO NOTHING");
        fleet.sql("UPDATE pods SET region = 'west' WHERE id = 'a-1'");
        TenantId tenant = fleet.tenant(Tier.A);
        fleet.sql("UPDATE tenants SET region = 'west' WHERE id = '" + tenant + "'");
        home.host(tenant, Hosted.State.HOT, 3, "one");
        fleet.state(tenant, "state = 'warm', pod_id = 'a-0', epoch = 4");

        TenantRoute route = fleet.process().bring(tenant);

        assertThat(Objects.requireNonNull(route.placement()).pod()).isEqualTo(new PodId("a-1"));
        assertThat(other.data(tenant)).containsExactly("one");
        assertThat(home.calls(Call.LOAD)).isEmpty();
        await().until(() -> home.state(tenant) == Hosted.State.ABSENT);
    }

    @Test
    void aPodThatIsFullerThanTheRowsSayIsLeftForAnother() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 0).script(Call.LOAD, new FakePod.Answer(429, "{}"));
        FakePod other = fleet.pod("a-1", Tier.A, 8, 0).script(Call.LOAD, new FakePod.Answer(429, "{}"));
        TenantId tenant = fleet.tenant(Tier.A);
        Fleet.Gateway process = fleet.process();

        Failure failure = process.failure(tenant);

        assertThat(failure.kind()).isEqualTo(FailureKind.WAKE_NO_CAPACITY);
        assertThat(failure.retryAfter()).isPositive();
        assertThat(pod.calls(Call.LOAD)).hasSize(1);
        assertThat(other.calls(Call.LOAD)).hasSize(1);
    }

    @Test
    void aFailedWakeIsToldToEveryProcessAndNotRepeatedBeforeItsBackOff() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 1);
        TenantId tenant = fleet.tenant(Tier.A);
        fleet.state(tenant, "rocksdb_location = 's3://bucket/missing'");
        pod.script(Call.LOAD, new FakePod.Slow(Duration.ofMillis(300)));
        Fleet.Gateway one = fleet.process();
        Fleet.Gateway other = fleet.process();
        TenantRoute known = fleet.route(tenant);

        List<Failure> failures = Flux.range(0, 20)
                .flatMap(i -> (i % 2 == 0 ? one : other)
                        .wake()
                        .wake(known)
                        .map(route -> Failure.of(FailureKind.INTERNAL, "woken"))
                        .onErrorResume(error -> Mono.just(FailureException.failureOf(error))))
                .collectList()
                .blockOptional(Fleet.PATIENCE)
                .orElseThrow();
        Failure later = one.failure(tenant);

        assertThat(failures).allSatisfy(failure -> {
            assertThat(failure.kind()).isEqualTo(FailureKind.WAKE_FAILED);
            assertThat(failure.retryAfter()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(30));
        });
        assertThat(later.operatorDetail()).contains("nothing to restore at s3://bucket/missing");
        assertThat(pod.calls(Call.LOAD)).hasSize(1);
        assertThat(fleet.row(tenant).failures()).isEqualTo(1);
        assertThat(fleet.row(tenant).owner()).isNull();
    }

    @Test
    void aRememberedFailureIsForgottenWhenTheRouteChanges() {
        fleet.pod("a-0", Tier.A, 8, 1);
        TenantId tenant = fleet.tenant(Tier.A);
        fleet.state(tenant, "rocksdb_location = 's3://bucket/missing'");
        Fleet.Gateway process = fleet.process();
        process.failure(tenant);

        fleet.state(tenant, "rocksdb_location = NULL, wake_retry_at = NULL, version = version + 1");

        assertThat(process.bring(tenant).residency()).isEqualTo(Residency.HOT);
    }

    @Test
    void aLostLeaseEndsTheWorkBeforePublication() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 0);
        pod.script(Call.LOAD, new FakePod.Silence());
        TenantId tenant = fleet.tenant(Tier.A);
        Fleet.Gateway process = fleet.process("GATEWAY_WAKE_LEASE", "2s");
        Disposable waiting = process.wake().wake(fleet.route(tenant)).subscribe();
        await().until(() -> !pod.calls(Call.LOAD).isEmpty());

        fleet.state(
                tenant,
                "wake_owner = gen_random_uuid(), wake_lease_until = now() + interval '3 seconds', epoch = epoch + 1");
        long usurped = fleet.route(tenant).epoch();

        // It looks again, waits for the usurper, who never does anything, and takes over.
        await().atMost(Fleet.PATIENCE).until(() -> fleet.route(tenant).residency() == Residency.HOT);
        assertThat(pod.isHot(tenant, usurped + 1)).isTrue();
        assertThat(fleet.route(tenant).epoch()).isEqualTo(usurped + 1);
        waiting.dispose();
    }

    @Test
    void aPodThatKnowsANewerEpochIsGivenOneAboveIt() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 0);
        TenantId tenant = fleet.tenant(Tier.A);
        pod.host(tenant, Hosted.State.ABSENT, 41);

        assertThat(fleet.process().bring(tenant).epoch()).isEqualTo(42);
        assertThat(pod.calls(Call.LOAD)).containsExactly("LOAD 1", "LOAD 42");
    }

    @Test
    void aHotTenantWhosePodRestartedIsLoadedThereAgain() {
        fleet.pod("a-0", Tier.A, 8, 0);
        FakePod home = fleet.pod("a-1", Tier.A, 8, 1);
        TenantId tenant = fleet.tenant(Tier.A);
        home.host(tenant, Hosted.State.HOT, 3, "one");
        fleet.state(tenant, "state = 'hot', pod_id = 'a-1', epoch = 3");
        home.restart();

        TenantRoute route = fleet.process().bring(tenant);

        assertThat(route.epoch()).isEqualTo(4);
        assertThat(home.isHot(tenant, 4)).isTrue();
        assertThat(home.data(tenant)).containsExactly("one");
    }

    @Test
    void aHotTenantIsConfirmedIfItsPodHostsItAfterAll() {
        FakePod home = fleet.pod("a-0", Tier.A, 8, 0);
        TenantId tenant = fleet.tenant(Tier.A);
        home.host(tenant, Hosted.State.HOT, 3);
        fleet.state(tenant, "state = 'hot', pod_id = 'a-0', epoch = 3");

        assertThat(fleet.process().bring(tenant).epoch()).isEqualTo(3);
        assertThat(home.calls()).containsExactly("PROBE");
    }

    @Test
    void aTenantThatIsHotMeanwhileIsNotTouched() {
        FakePod home = fleet.pod("a-0", Tier.A, 8, 0);
        TenantId tenant = fleet.tenant(Tier.A);
        TenantRoute stale = fleet.route(tenant);
        fleet.state(tenant, "state = 'hot', pod_id = 'a-0', epoch = 3");

        assertThat(fleet.process().wake().wake(stale).block(Fleet.PATIENCE)).isEqualTo(fleet.route(tenant));
        assertThat(home.calls()).isEmpty();
    }

    @Test
    void aWakeThatWaitsForAPodHearsThatItIsLost() throws Exception {
        FakePod silent = fleet.pod("a-0", Tier.A, 8, 0);
        fleet.pod("a-1", Tier.A, 8, 0);
        TenantId tenant = fleet.tenant(Tier.A);
        fleet.world().putSnapshot("s3://bucket/t", List.of("one"));
        fleet.state(tenant, "state = 'hot', pod_id = 'a-0', epoch = 3, rocksdb_location = 's3://bucket/t'");
        Fleet.Gateway process = fleet.process("GATEWAY_WAKE_HOLDER_WAIT", "10m");
        silent.close();
        CompletableFuture<@Nullable TenantRoute> waiting =
                process.wake().wake(fleet.route(tenant)).toFuture();
        await().atMost(Fleet.PATIENCE).until(() -> fleet.row(tenant).owner() != null);

        fleet.sql("UPDATE pods SET lost_at = now() WHERE id = 'a-0'");

        TenantRoute route = Objects.requireNonNull(waiting.get(Fleet.PATIENCE.toSeconds(), TimeUnit.SECONDS));
        assertThat(Objects.requireNonNull(route.placement()).pod()).isEqualTo(new PodId("a-1"));
    }

    @Test
    void aDeadPodsTenantComesBackElsewhereFromItsSnapshot() {
        FakePod dead = fleet.pod("a-0", Tier.A, 8, 0);
        FakePod other = fleet.pod("a-1", Tier.A, 8, 0);
        TenantId tenant = fleet.tenant(Tier.A);
        fleet.world().putSnapshot("s3://bucket/t", List.of("one"));
        fleet.state(tenant, "state = 'hot', pod_id = 'a-0', epoch = 3, rocksdb_location = 's3://bucket/t'");
        Fleet.Gateway process = fleet.process();
        dead.close();

        Failure tooEarly = process.failure(tenant);
        fleet.sql("UPDATE pods SET heartbeat_at = now() - interval '1 hour' WHERE id = 'a-0'");
        fleet.state(tenant, "wake_retry_at = NULL, version = version + 1");
        TenantRoute route = process.bring(tenant);

        assertThat(tooEarly.kind()).isEqualTo(FailureKind.WAKE_FAILED);
        assertThat(Objects.requireNonNull(route.placement()).pod()).isEqualTo(new PodId("a-1"));
        assertThat(other.data(tenant)).containsExactly("one");
    }

    @Test
    void whatIsFullIsSaidAtOnce() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 0).script(Call.LOAD, new FakePod.Silence());
        TenantId first = fleet.tenant(Tier.A);
        TenantId second = fleet.tenant(Tier.A);
        Fleet.Gateway process = fleet.process("GATEWAY_WAKE_FLIGHTS_MAX", "1", "GATEWAY_WAKE_WAITERS_MAX", "1");
        Disposable waiting =
                process.wake().wake(fleet.route(first)).onErrorComplete().subscribe();
        await().until(() -> !pod.calls(Call.LOAD).isEmpty());

        assertThat(process.failure(first).kind()).isEqualTo(FailureKind.HOLD_FULL);
        assertThat(process.failure(second).kind()).isEqualTo(FailureKind.OVERLOADED);
        waiting.dispose();
    }

    @Test
    void aWakeThatTakesTooLongEndsAndSaysSo() {
        fleet.pod("a-0", Tier.A, 8, 0).script(Call.LOAD, new FakePod.Silence());
        TenantId tenant = fleet.tenant(Tier.A);

        Failure failure = fleet.process("GATEWAY_WAKE_TIMEOUT", "1500ms").failure(tenant);

        assertThat(failure.kind()).isEqualTo(FailureKind.WAKE_TIMEOUT);
        assertThat(failure.retryAfter()).isPositive();
        assertThat(fleet.row(tenant).failures()).isEqualTo(1);
    }

    @Test
    void aTenantThatIsNotServedIsNotWoken() {
        fleet.pod("a-0", Tier.A, 8, 0);
        TenantId tenant = fleet.tenant(Tier.A);
        TenantRoute known = fleet.route(tenant);
        Fleet.Gateway process = fleet.process();

        fleet.sql("UPDATE tenants SET status = 'suspended' WHERE id = '" + tenant + "'");
        assertThat(process.failure(tenant).kind()).isEqualTo(FailureKind.TENANT_SUSPENDED);
        fleet.sql("DELETE FROM tenants WHERE id = '" + tenant + "'");
        assertThatThrownBy(() -> fleet.process().wake().wake(known).block(Fleet.PATIENCE))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failed -> assertThat(failed.failure().kind()).isEqualTo(FailureKind.TENANT_UNKNOWN));
    }

    @Test
    void closingTellsWaitersAtOnce() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 0).script(Call.LOAD, new FakePod.Silence());
        TenantId tenant = fleet.tenant(Tier.A);
        Fleet.Gateway process = fleet.process();
        Mono<TenantRoute> waiting = process.wake().wake(fleet.route(tenant)).cache();
        waiting.onErrorComplete().subscribe();
        await().until(() -> !pod.calls(Call.LOAD).isEmpty());

        process.wake().close();

        assertThatThrownBy(() -> waiting.block(Fleet.PATIENCE))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failed -> assertThat(failed.failure().kind()).isEqualTo(FailureKind.DRAINING));
        assertThat(process.failure(tenant).kind()).isEqualTo(FailureKind.DRAINING);
    }

    @Test
    void whyTheTierCannotGrowIsToldAtOnceAndToWhoeverComesNext() {
        fleet.sql(
                "INSERT INTO tier_scaling (tier, region, state, refusal, detail, client_text, retry_after_ms, valid_until)"
                        + " VALUES ('A', 'default', 'refused', 'quota', 'exceeded quota: few',"
                        + " 'tier A gets no further pod: the cluster''s quota is used up', 90000, now() + interval '1 hour')");
        TenantId tenant = fleet.tenant(Tier.A);
        Fleet.Gateway one = fleet.process("GATEWAY_WAKE_ROOM_WAIT", "1h");
        Fleet.Gateway other = fleet.process();

        Failure told = one.failure(tenant);
        Failure next = other.failure(tenant);

        assertThat(List.of(told, next)).allSatisfy(failure -> {
            assertThat(failure.kind()).isEqualTo(FailureKind.WAKE_SCALE_REFUSED);
            assertThat(failure.clientDetail()).isEqualTo("tier A gets no further pod: the cluster's quota is used up");
            assertThat(failure.operatorDetail()).contains("quota: exceeded quota: few");
        });
        assertThat(told.retryAfter()).isEqualTo(Duration.ofSeconds(90));
        assertThat(fleet.row(tenant).residency()).isEqualTo(Residency.COLD);
    }

    @Test
    void whileTheClusterStartsPodsAWakeWaitsForOne() {
        fleet.sql("INSERT INTO tier_scaling (tier, region, state, valid_until)"
                + " VALUES ('A', 'default', 'growing', now() + interval '1 hour')");
        TenantId tenant = fleet.tenant(Tier.A);
        Fleet.Gateway process = fleet.process("GATEWAY_WAKE_SCALE_WAIT", "40s");

        CompletableFuture<@Nullable TenantRoute> woken =
                process.wake().wake(fleet.route(tenant)).toFuture();
        await().atMost(Fleet.PATIENCE)
                .until(() -> process.meters()
                                .find("cold.start.duration")
                                .tag("phase", "scale")
                                .timer()
                        != null);
        WakePhases soFar = Objects.requireNonNull(process.wake().progress(tenant));
        fleet.pod("a-0", Tier.A, 8, 0);

        assertThat(Objects.requireNonNull(woken.join()).residency()).isEqualTo(Residency.HOT);
        assertThat(soFar.placeNanos()).isPositive();
        assertThat(soFar.scaleNanos()).isPositive();
        assertThat(soFar.loadNanos()).isZero();
        assertThat(process.wake().progress(tenant)).isNull();
        assertThat(Objects.requireNonNull(process.wake().phases(tenant)).scaleNanos())
                .isPositive();
    }
}
