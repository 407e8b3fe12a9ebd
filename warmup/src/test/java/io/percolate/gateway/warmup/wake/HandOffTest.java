package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.pod.FakePod;
import io.percolate.gateway.warmup.pod.FakePod.Call;
import io.percolate.gateway.warmup.pod.PodAnswer.Hosted;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HandOffTest {
    private static final long EPOCH = 3;

    private final Fleet fleet = new Fleet();
    private final FakePod old = fleet.pod("c-0", Tier.C, 8, 1);
    private final FakePod next = fleet.pod("a-0", Tier.A, 8, 1);
    private final TenantId tenant = fleet.tenant(Tier.C);
    private final Fleet.Gateway process = fleet.process("GATEWAY_WAKE_BUSY_LIMIT", "20s");

    @BeforeEach
    void aHotTenantChangesItsTier() {
        old.host(tenant, Hosted.State.HOT, EPOCH, "one", "two");
        fleet.state(tenant, "state = 'hot', pod_id = 'c-0', epoch = " + EPOCH);
        fleet.sql("UPDATE tenants SET tier = 'A' WHERE id = '" + tenant + "'");
        assertThat(fleet.route(tenant).isMisplaced()).isTrue();
    }

    @AfterEach
    void stop() {
        assertThat(old.isScriptUsedUp()).isTrue();
        assertThat(next.isScriptUsedUp()).isTrue();
        fleet.close();
    }

    @Test
    void theTenantMovesWithItsDataAndTheOldCopyIsPurged() {
        TenantRoute route = process.bring(tenant);

        assertThat(route.isMisplaced()).isFalse();
        assertThat(route.epoch()).isEqualTo(EPOCH + 1);
        assertThat(Objects.requireNonNull(route.placement()).pod()).isEqualTo(new PodId("a-0"));
        assertThat(next.data(tenant)).containsExactly("one", "two");
        assertThat(next.calls(Call.LOAD)).containsExactly("LOAD 4 restore");
        await().until(() -> old.state(tenant) == Hosted.State.ABSENT);
        assertThat(old.calls()).containsExactly("PROBE", "EVICT 3 disk", "EVICT 4 nothing");
        assertThat(fleet.row(tenant).source()).isNull();
    }

    @Test
    void otherProcessesAreToldThatItMovesBeforeItsPodLetsGo() {
        next.script(Call.LOAD, new FakePod.Silence());
        Fleet.Gateway other = fleet.process();
        other.directory().lookup(tenant).block(Fleet.PATIENCE);

        process.wake().wake(fleet.route(tenant)).onErrorComplete().subscribe();

        await().until(() -> other.known(tenant) instanceof RouteLookup.Known known
                && known.route().residency() == Residency.MOVING);
        await().until(next::isScriptUsedUp);
    }

    @Test
    void aBusyTenantIsAwaited() {
        FakePod.Answer busy = new FakePod.Answer(409, "{\"busy\":true}");
        old.script(Call.EVICT, busy, busy, busy);

        assertThat(process.bring(tenant).isMisplaced()).isFalse();
        assertThat(next.data(tenant)).containsExactly("one", "two");
    }

    @Test
    void aTenantThatStaysBusyStaysWhereItIsUnderTheSameEpoch() {
        old.busy(tenant, true);
        Fleet.Gateway hasty = fleet.process("GATEWAY_WAKE_BUSY_LIMIT", "100ms");

        Failure failure = hasty.failure(tenant);

        assertThat(failure.kind()).isEqualTo(FailureKind.WAKE_FAILED);
        assertThat(failure.clientDetail()).contains("too busy");
        assertStays(EPOCH);
        assertThat(next.calls()).isEmpty();
        assertThat(hasty.failure(tenant).retryAfter()).isPositive();
    }

    @Test
    void nothingIsEvictedWhenTheNewTierHasNoRoom() {
        fleet.sql("UPDATE pods SET status = 'draining' WHERE id = 'a-0'");

        assertThat(process.failure(tenant).kind()).isEqualTo(FailureKind.WAKE_NO_CAPACITY);

        assertStays(EPOCH);
        assertThat(old.calls(Call.EVICT)).isEmpty();
    }

    @Test
    void aTargetThatTurnsOutFullPutsTheTenantBack() {
        next.script(Call.LOAD, new FakePod.Answer(429, "{}"));

        assertThat(process.failure(tenant).kind()).isEqualTo(FailureKind.WAKE_NO_CAPACITY);

        assertStays(EPOCH + 2);
        assertThat(process.known(tenant)).isEqualTo(new RouteLookup.Known(fleet.route(tenant)));
    }

    @Test
    void aLoadThatFailsPutsTheTenantBack() {
        next.script(Call.LOAD, new FakePod.Answer(500, "out of order"));

        assertThat(process.failure(tenant).kind()).isEqualTo(FailureKind.WAKE_POD_REFUSED);

        assertStays(EPOCH + 2);
    }

    @Test
    void whenItCannotEvenBePutBackTheNextWakeFindsItOnTheOldDisk() {
        next.script(Call.LOAD, new FakePod.Answer(500, "out of order"));
        old.script(Call.LOAD, new FakePod.Answer(500, "out of order"));

        assertThat(process.failure(tenant).kind()).isEqualTo(FailureKind.WAKE_POD_REFUSED);
        assertThat(fleet.route(tenant).residency()).isEqualTo(Residency.WARM);

        fleet.state(tenant, "wake_retry_at = NULL, version = version + 1");
        assertThat(process.bring(tenant).isMisplaced()).isFalse();
        assertThat(next.data(tenant)).containsExactly("one", "two");
    }

    @Test
    void anEvictionWhoseAnswerIsLostIsRepeated() {
        old.script(Call.EVICT, new FakePod.DoneUnheard(), new FakePod.DoneUnheard());

        assertThat(process.bring(tenant).isMisplaced()).isFalse();
        assertThat(next.data(tenant)).containsExactly("one", "two");
    }

    @Test
    void aTenantOfADeadPodComesBackInItsNewTierFromTheSnapshot() {
        fleet.world().putSnapshot("s3://bucket/t", List.of("one"));
        fleet.state(tenant, "rocksdb_location = 's3://bucket/t'");
        old.close();
        fleet.sql("UPDATE pods SET heartbeat_at = now() - interval '1 hour' WHERE id = 'c-0'");

        assertThat(process.bring(tenant).isMisplaced()).isFalse();
        assertThat(next.data(tenant)).containsExactly("one");
    }

    @Test
    void aMisplacedTenantWhosePodRestartedIsExportedFromItsDisk() {
        old.restart();

        assertThat(process.bring(tenant).isMisplaced()).isFalse();
        assertThat(next.data(tenant)).containsExactly("one", "two");
        assertThat(old.calls(Call.LOAD)).isEmpty();
    }

    private void assertStays(long epoch) {
        TenantRoute route = fleet.route(tenant);
        assertThat(route.residency()).isEqualTo(Residency.HOT);
        assertThat(route.isMisplaced()).isTrue();
        assertThat(route.epoch()).isEqualTo(epoch);
        assertThat(old.isHot(tenant, epoch)).isTrue();
        assertThat(old.data(tenant)).containsExactly("one", "two");
        assertThat(fleet.row(tenant).failures()).isEqualTo(1);
        assertThat(fleet.row(tenant).owner()).isNull();
    }
}
