package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.eviction.Departing;
import io.percolate.gateway.warmup.eviction.Eviction;
import io.percolate.gateway.warmup.eviction.EvictionOutcome;
import io.percolate.gateway.warmup.pod.FakePod;
import io.percolate.gateway.warmup.pod.FakePod.Call;
import io.percolate.gateway.warmup.pod.PodAnswer.Hosted;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** Evictions beside wakes: what each leaves in the rows and in the pods. */
class EvictionTest {
    private final Fleet fleet = new Fleet();

    @AfterEach
    void stop() {
        fleet.close();
    }

    @Test
    void anIdleTenantGoesToDiskAndThenToS3AndComesBackWhole() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 0);
        TenantId tenant = hotIn(pod, "one", "two");
        Eviction eviction = fleet.process().eviction();

        assertThat(warm(eviction, tenant)).isEqualTo(EvictionOutcome.DONE);
        assertThat(fleet.route(tenant).residency()).isEqualTo(Residency.WARM);
        assertThat(cold(eviction, tenant)).isEqualTo(EvictionOutcome.DONE);

        assertThat(fleet.route(tenant).residency()).isEqualTo(Residency.COLD);
        assertThat(fleet.route(tenant).epoch()).isEqualTo(4);
        assertThat(fleet.row(tenant).pod()).isNull();
        assertThat(pod.state(tenant)).isEqualTo(Hosted.State.ABSENT);
        assertThat(pod.calls()).containsSubsequence("EVICT 3 disk", "SNAPSHOT 3", "EVICT 4 nothing");
        assertThat(fleet.process().bring(tenant).epoch()).isEqualTo(5);
        assertThat(pod.data(tenant)).containsExactly("one", "two");
    }

    @Test
    void aBusyTenantIsLeftAloneAndNeverAnnounced() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 0);
        TenantId tenant = hotIn(pod);
        long version = fleet.route(tenant).version();
        pod.busy(tenant, true);

        assertThat(warm(fleet.process().eviction(), tenant)).isEqualTo(EvictionOutcome.BUSY);

        assertThat(fleet.route(tenant).version()).isEqualTo(version);
        assertThat(pod.calls(Call.EVICT)).isEmpty();
    }

    @Test
    void aTenantThatGrowsBusyAfterTheAnnouncementStaysHot() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 0).script(Call.EVICT, new FakePod.Answer(409, "{\"epoch\": 3}"));
        TenantId tenant = hotIn(pod);

        assertThat(warm(fleet.process().eviction(), tenant)).isEqualTo(EvictionOutcome.BUSY);

        assertThat(fleet.route(tenant).residency()).isEqualTo(Residency.HOT);
        assertThat(fleet.row(tenant).owner()).isNull();
    }

    @Test
    void whoWasUsedAgainMeanwhileStays() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 0);
        TenantId tenant = hotIn(pod);
        fleet.state(tenant, "last_access_at = now()");
        Eviction eviction = fleet.process().eviction();

        EvictionOutcome outcome =
                Objects.requireNonNull(eviction.toWarm(departing(eviction, tenant), Duration.ofMinutes(1))
                        .block(Fleet.PATIENCE));

        assertThat(outcome).isEqualTo(EvictionOutcome.CHANGED);
        assertThat(pod.isHot(tenant, 3)).isTrue();
    }

    @Test
    void aRequestThatComesDuringAnEvictionWaitsForItsEndAndWakesTheTenantAgain() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 0).script(Call.EVICT, new FakePod.Slow(Duration.ofMillis(300)));
        TenantId tenant = hotIn(pod, "one");
        Fleet.Gateway process = fleet.process();
        Eviction eviction = process.eviction();
        Mono<EvictionOutcome> evicting =
                eviction.toWarm(departing(eviction, tenant), Duration.ZERO).cache();
        Disposable running = evicting.subscribe();
        await().until(() -> fleet.route(tenant).residency() == Residency.MOVING);

        TenantRoute route = process.bring(tenant);

        assertThat(evicting.block(Fleet.PATIENCE)).isEqualTo(EvictionOutcome.DONE);
        assertThat(route.epoch()).isEqualTo(4);
        assertThat(pod.isHot(tenant, 4)).isTrue();
        assertThat(pod.data(tenant)).containsExactly("one");
        running.dispose();
    }

    @Test
    void anEvictionThatDiedIsRepeatedByAnotherProcessWhenItsLeaseEnds() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 0).script(Call.EVICT, new FakePod.Silence());
        TenantId tenant = hotIn(pod, "one");
        Eviction dying = fleet.process().eviction();
        Disposable running =
                dying.toWarm(departing(dying, tenant), Duration.ZERO).subscribe();
        await().until(() -> !pod.calls(Call.EVICT).isEmpty());
        running.dispose();
        Eviction heir = fleet.process().eviction();

        assertThat(warm(heir, tenant)).as("while the lease lives").isEqualTo(EvictionOutcome.CHANGED);
        fleet.state(tenant, "wake_lease_until = now()");

        assertThat(warm(heir, tenant)).isEqualTo(EvictionOutcome.DONE);
        assertThat(fleet.route(tenant).residency()).isEqualTo(Residency.WARM);
        assertThat(pod.data(tenant)).containsExactly("one");
    }

    @Test
    void aPodThatDoesNotAnswerLeavesItToTheNextToAskIt() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 0).script(Call.EVICT, new FakePod.DoneUnheard());
        TenantId tenant = hotIn(pod, "one");

        assertThat(warm(fleet.process().eviction(), tenant)).isEqualTo(EvictionOutcome.UNREACHABLE);

        assertThat(fleet.route(tenant).residency()).isEqualTo(Residency.MOVING);
        assertThat(fleet.process().bring(tenant).residency()).isEqualTo(Residency.HOT);
        assertThat(pod.data(tenant)).containsExactly("one");
    }

    @Test
    void nothingIsGivenUpBeforeTheSnapshotIsStored() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 0).script(Call.SNAPSHOT, new FakePod.Answer(503, "{}"));
        TenantId tenant = fleet.tenant(Tier.A);
        pod.host(tenant, Hosted.State.WARM, 3, "one");
        fleet.state(tenant, "state = 'warm', pod_id = 'a-0', epoch = 3");

        assertThat(cold(fleet.process().eviction(), tenant)).isEqualTo(EvictionOutcome.REFUSED);

        assertThat(fleet.route(tenant).residency()).isEqualTo(Residency.WARM);
        assertThat(pod.data(tenant)).containsExactly("one");
    }

    @Test
    void dataOfAnOlderEpochThanTheRowsAreStoredUnderTheirOwn() {
        FakePod pod = fleet.pod("a-0", Tier.A, 8, 0);
        TenantId tenant = fleet.tenant(Tier.A);
        pod.host(tenant, Hosted.State.WARM, 3, "one");
        // A wake assigned it anew and failed before it was loaded.
        fleet.state(tenant, "state = 'warm', pod_id = 'a-0', epoch = 5");

        assertThat(cold(fleet.process().eviction(), tenant)).isEqualTo(EvictionOutcome.DONE);

        assertThat(pod.calls(Call.SNAPSHOT)).containsExactly("SNAPSHOT 3");
        assertThat(fleet.process().bring(tenant).epoch()).isEqualTo(7);
        assertThat(pod.data(tenant)).containsExactly("one");
    }

    @Test
    void aWakeOfAFullTierWaitsForAPlace() {
        FakePod pod = fleet.pod("a-0", Tier.A, 1, 0);
        TenantId sitting = hotIn(pod, "one");
        TenantId waiting = fleet.tenant(Tier.A);
        Fleet.Gateway process = fleet.process("GATEWAY_WAKE_ROOM_WAIT", "30s");
        Mono<TenantRoute> coming = process.wake().wake(fleet.route(waiting)).cache();
        Disposable running = coming.subscribe();
        await().until(() -> fleet.row(waiting).owner() != null);

        assertThat(warm(process.eviction(), sitting)).isEqualTo(EvictionOutcome.DONE);

        assertThat(Objects.requireNonNull(coming.block(Fleet.PATIENCE)).residency())
                .isEqualTo(Residency.HOT);
        assertThat(Objects.requireNonNull(process.wake().phases(waiting)).placeNanos())
                .isPositive();
        assertThat(pod.hotMost()).isEqualTo(1);
        running.dispose();
    }

    private TenantId hotIn(FakePod pod, String... data) {
        TenantId tenant = fleet.tenant(Tier.A);
        pod.host(tenant, Hosted.State.HOT, 3, data);
        fleet.state(tenant, "state = 'hot', pod_id = 'a-0', epoch = 3");
        assertThat(Objects.requireNonNull(fleet.route(tenant).placement()).pod())
                .isEqualTo(new PodId("a-0"));
        return tenant;
    }

    private static Departing departing(Eviction eviction, TenantId tenant) {
        return Objects.requireNonNull(eviction.find(tenant).block(Fleet.PATIENCE))
                .orElseThrow();
    }

    private static EvictionOutcome warm(Eviction eviction, TenantId tenant) {
        return Objects.requireNonNull(
                eviction.toWarm(departing(eviction, tenant), Duration.ZERO).block(Fleet.PATIENCE));
    }

    private static EvictionOutcome cold(Eviction eviction, TenantId tenant) {
        return Objects.requireNonNull(
                eviction.toCold(departing(eviction, tenant), Duration.ZERO).block(Fleet.PATIENCE));
    }
}
