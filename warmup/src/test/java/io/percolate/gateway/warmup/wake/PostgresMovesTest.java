package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.handoff.ComingSettings;
import io.percolate.gateway.warmup.handoff.MoveOrder;
import io.percolate.gateway.warmup.handoff.MoveOutcome;
import io.percolate.gateway.warmup.handoff.MoveTarget;
import io.percolate.gateway.warmup.handoff.TenantMoves;
import io.percolate.gateway.warmup.pod.FakePod;
import io.percolate.gateway.warmup.pod.FakePod.Answer;
import io.percolate.gateway.warmup.pod.FakePod.Call;
import io.percolate.gateway.warmup.pod.PodAnswer.Hosted;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PostgresMovesTest {
    private static final long EPOCH = 3;
    private static final Duration HOLD_MAX = Duration.ofSeconds(20);
    private static final MoveTarget.Into TARGET = new MoveTarget.Into(new PodId("a-1"));

    private final Fleet fleet = new Fleet();
    private final FakePod source = fleet.pod("a-0", Tier.A, 8, 1);
    private final FakePod target = fleet.pod("a-1", Tier.A, 8, 1);
    private final TenantId tenant = fleet.tenant(Tier.A);
    private final Fleet.Gateway process = fleet.process();
    private final TenantMoves moves = process.moves(Duration.ofSeconds(30));

    @BeforeEach
    void aHotTenant() {
        source.host(tenant, Hosted.State.HOT, EPOCH, "one", "two");
        fleet.state(tenant, "state = 'hot', pod_id = 'a-0', epoch = " + EPOCH);
    }

    @AfterEach
    void stop() {
        assertThat(source.isScriptUsedUp()).isTrue();
        assertThat(target.isScriptUsedUp()).isTrue();
        fleet.close();
    }

    private Optional<PodId> prepare(ComingSettings coming) {
        return moves.prepare(tenant, coming).blockOptional(Fleet.PATIENCE).orElseThrow();
    }

    private MoveOutcome move(MoveTarget to) {
        return move(to, HOLD_MAX);
    }

    private MoveOutcome move(MoveTarget to, Duration holdMax) {
        return moves.move(new MoveOrder(tenant, to, holdMax))
                .blockOptional(Fleet.PATIENCE)
                .orElseThrow();
    }

    @Test
    void theTenantMovesWithItsDataPreparedWhileItWasServedAndTheOldCopyIsDropped() {
        MoveOutcome outcome = move(TARGET);

        assertThat(outcome).isInstanceOfSatisfying(MoveOutcome.Moved.class, moved -> {
            assertThat(moved.from()).isEqualTo(new PodId("a-0"));
            assertThat(moved.to()).isEqualTo(new PodId("a-1"));
            assertThat(moved.epoch()).isEqualTo(EPOCH + 1);
            assertThat(moved.held()).isPositive();
        });
        assertThat(orders(source)).containsExactly("EVICT 3 disk&context=skip", "EVICT 4 nothing");
        assertThat(target.calls().subList(0, 2)).containsExactly("STAGE 3", "LOAD 4 restore");
        assertThat(target.data(tenant)).containsExactly("one", "two");
        assertThat(source.state(tenant)).isEqualTo(Hosted.State.ABSENT);
        TenantRoute route = fleet.route(tenant);
        assertThat(route.residency()).isEqualTo(Residency.HOT);
        assertThat(fleet.row(tenant).owner()).isNull();
        assertThat(fleet.row(tenant).source()).isNull();
        assertThat(process.known(tenant)).isEqualTo(new RouteLookup.Known(route));
        assertThat(process.meters()
                        .get("moves")
                        .tag("outcome", "moved")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(process.meters().get("move.held.duration").timer().count()).isEqualTo(1);
        assertThat(process.meters().get("move.prepared.bytes").counter().count())
                .isEqualTo(7);
    }

    @Test
    void anOrderThatIsMetIsNotCarriedOutAgain() {
        move(TARGET);

        assertThat(move(TARGET)).isEqualTo(new MoveOutcome.InPlace(new PodId("a-1"), EPOCH + 1));
        assertThat(move(new MoveTarget.AwayFrom(Set.of(new PodId("a-0")))))
                .isEqualTo(new MoveOutcome.InPlace(new PodId("a-1"), EPOCH + 1));
        assertThat(fleet.row(tenant).epoch()).isEqualTo(EPOCH + 1);
    }

    @Test
    void whereTheSettingsAllowItsPodItStaysAndElseItMoves() {
        MoveTarget.Allowed allowed = new MoveTarget.Allowed(null);

        assertThat(move(allowed)).isEqualTo(new MoveOutcome.InPlace(new PodId("a-0"), EPOCH));
        fleet.sql("INSERT INTO shard_groups (id) VALUES ('moves') ON CONFLICT DO NOTHING");
        fleet.sql("INSERT INTO shards (id, shard_group) VALUES ('moves-1', 'moves') ON CONFLICT DO NOTHING");
        fleet.sql("UPDATE pods SET shard_id = 'moves-1' WHERE id = 'a-1'");
        fleet.sql("UPDATE tenants SET shard_id = 'moves-1' WHERE id = '" + tenant + "'");

        assertThat(move(allowed)).isInstanceOf(MoveOutcome.Moved.class);
        assertThat(target.isHot(tenant, EPOCH + 1)).isTrue();
    }

    @Test
    void aPodOfAComingTierIsPreparedWhileNothingChangesAndIsTheFirstToBeTried() {
        ComingSettings coming = new ComingSettings(Tier.C, null, null);
        FakePod unable = fleet.pod("c-1", Tier.C, 8, 0).script(Call.STAGE, new Answer(405, "{}"));
        assertThat(prepare(coming)).isEmpty();
        FakePod able = fleet.pod("c-0", Tier.C, 8, 0);
        fleet.sql("UPDATE pods SET status = 'draining' WHERE id = 'c-1'");

        Optional<PodId> prepared = prepare(coming);

        assertThat(prepared).contains(new PodId("c-0"));
        assertThat(able.hasStaged(tenant)).isTrue();
        assertThat(source.calls()).isEmpty();
        assertStays(EPOCH);
        fleet.sql("UPDATE pods SET status = 'ready' WHERE id = 'c-1'");
        fleet.sql("UPDATE tenants SET tier = 'C' WHERE id = '" + tenant + "'");

        assertThat(move(new MoveTarget.Allowed(prepared.orElseThrow())))
                .isInstanceOfSatisfying(
                        MoveOutcome.Moved.class, moved -> assertThat(moved.to()).isEqualTo(new PodId("c-0")));
        assertThat(able.data(tenant)).containsExactly("one", "two");
        assertThat(unable.calls(Call.LOAD)).isEmpty();
    }

    @Test
    void whatWasPreparedAtAPodThatIsFullByThenIsDroppedThere() {
        FakePod other = fleet.pod("a-2", Tier.A, 8, 0);
        fleet.sql("UPDATE pods SET status = 'draining' WHERE id IN ('a-0', 'a-2')");
        assertThat(prepare(new ComingSettings(null, null, null))).contains(new PodId("a-1"));
        assertThat(target.hasStaged(tenant)).isTrue();
        fleet.sql("UPDATE pods SET capacity = 1 WHERE id = 'a-1'");
        fleet.sql("UPDATE pods SET status = 'ready' WHERE id = 'a-2'");
        fleet.state(fleet.tenant(Tier.A), "state = 'hot', pod_id = 'a-1', epoch = 1");

        assertThat(move(new MoveTarget.Allowed(new PodId("a-1")))).isInstanceOf(MoveOutcome.Moved.class);

        assertThat(other.isHot(tenant, EPOCH + 1)).isTrue();
        assertThat(target.hasStaged(tenant)).isFalse();
    }

    @Test
    void nobodyIsPreparedForATenantThatStaysOrIsNotHot() {
        assertThat(prepare(new ComingSettings(null, null, null))).isEmpty();
        fleet.state(tenant, "state = 'warm'");
        assertThat(prepare(new ComingSettings(Tier.C, null, null))).isEmpty();
        assertThat(target.calls()).isEmpty();
    }

    @Test
    void awayFromAPodItGoesToAnotherThatHasRoom() {
        fleet.sql("UPDATE pods SET status = 'draining' WHERE id = 'a-0'");

        assertThat(move(new MoveTarget.AwayFrom(Set.of(new PodId("a-0"))))).isInstanceOf(MoveOutcome.Moved.class);
        assertThat(target.isHot(tenant, EPOCH + 1)).isTrue();
    }

    @Test
    void aPodWithoutTheCallIsMovedToUnprepared() {
        target.script(Call.STAGE, new Answer(405, "{}"));

        assertThat(move(TARGET)).isInstanceOf(MoveOutcome.Moved.class);
        assertThat(target.data(tenant)).containsExactly("one", "two");
    }

    @Test
    void aBusyTenantIsAwaited() {
        Answer busy = new Answer(409, "{\"busy\":true}");
        source.script(Call.EVICT, busy, busy, busy);

        assertThat(move(TARGET)).isInstanceOf(MoveOutcome.Moved.class);
    }

    @Test
    void aTenantThatStaysBusyStaysWhereItIsUnderTheSameEpochAndCanBeMovedAgainAtOnce() {
        source.busy(tenant, true);

        assertThat(move(TARGET, Duration.ofMillis(50))).isEqualTo(new MoveOutcome.Busy());

        assertStays(EPOCH);
        assertThat(target.hasStaged(tenant)).isFalse();
        source.busy(tenant, false);
        assertThat(move(TARGET)).isInstanceOf(MoveOutcome.Moved.class);
    }

    @Test
    void withoutRoomNothingIsTouched() {
        fleet.sql("UPDATE pods SET status = 'draining' WHERE id = 'a-1'");

        assertThat(move(TARGET)).isEqualTo(new MoveOutcome.NoRoom());

        assertStays(EPOCH);
        assertThat(source.calls()).isEmpty();
        assertThat(target.calls()).isEmpty();
    }

    @Test
    void aTargetThatDoesNotAnswerIsFoundOutBeforeAnythingIsAnnounced() {
        target.script(Call.STAGE, new FakePod.Reset());

        assertThat(move(TARGET)).isInstanceOf(MoveOutcome.Failed.class);

        assertStays(EPOCH);
        assertThat(orders(source)).isEmpty();
    }

    @Test
    void aSourceThatLosesTheTenantMeanwhileEndsThePreparation() {
        target.script(Call.STAGE, new FakePod.Silence());
        source.restart();

        assertThat(move(TARGET)).isInstanceOf(MoveOutcome.Failed.class);

        assertThat(fleet.row(tenant).owner()).isNull();
        assertThat(process.bring(tenant).residency()).isEqualTo(Residency.HOT);
    }

    @Test
    void aLoadThatFailsPutsTheTenantBackAndDropsWhatTheTargetHas() {
        target.script(Call.LOAD, new Answer(500, "out of order"));

        assertThat(move(TARGET)).isInstanceOf(MoveOutcome.Failed.class);

        assertStays(EPOCH + 2);
        assertThat(target.hasStaged(tenant)).isFalse();
        assertThat(target.calls(Call.EVICT)).containsExactly("EVICT 5 nothing");
    }

    @Test
    void aTargetThatTurnsOutFullPutsTheTenantBack() {
        target.script(Call.LOAD, new Answer(429, "{}"));

        assertThat(move(TARGET)).isEqualTo(new MoveOutcome.NoRoom());

        assertStays(EPOCH + 2);
    }

    @Test
    void aTenantThatAnotherProcessWorksOnIsLeftAlone() {
        fleet.state(tenant, "wake_owner = '" + UUID.randomUUID() + "', wake_lease_until = now() + interval '1 minute'");

        assertThat(move(TARGET)).isEqualTo(new MoveOutcome.Contended());
        assertThat(source.calls()).isEmpty();
    }

    @Test
    void tenantsThatAreNotHotOrNotServedAreTold() {
        fleet.state(tenant, "state = 'warm'");
        assertThat(move(TARGET)).isEqualTo(new MoveOutcome.NotHot());

        fleet.sql("UPDATE tenants SET status = 'suspended' WHERE id = '" + tenant + "'");
        assertThat(move(TARGET)).isEqualTo(new MoveOutcome.NotServed());
        assertThat(moves.move(new MoveOrder(new TenantId(UUID.randomUUID()), TARGET, HOLD_MAX))
                        .block(Fleet.PATIENCE))
                .isEqualTo(new MoveOutcome.NotServed());
    }

    @Test
    void aChangeOfTierIsCarriedOutToThePodThatIsNamed() {
        FakePod other = fleet.pod("c-0", Tier.C, 8, 1);
        fleet.sql("UPDATE tenants SET tier = 'C' WHERE id = '" + tenant + "'");

        assertThat(move(new MoveTarget.Into(new PodId("c-0")))).isInstanceOf(MoveOutcome.Moved.class);

        assertThat(other.data(tenant)).containsExactly("one", "two");
    }

    @Test
    void othersHearThatItMovesBeforeItsPodLetsGo() {
        Fleet.Gateway other = fleet.process();
        other.directory().lookup(tenant).block(Fleet.PATIENCE);
        source.busy(tenant, true);

        moves.move(new MoveOrder(tenant, TARGET, HOLD_MAX)).subscribe();

        await().until(() -> other.known(tenant) instanceof RouteLookup.Known known
                && known.route().residency() == Residency.MOVING);
        source.busy(tenant, false);
        await().until(() -> target.isHot(tenant, EPOCH + 1));
        await().until(() -> source.state(tenant) == Hosted.State.ABSENT);
    }

    /** Looking at the source while the target prepares is none; on a slow machine it comes to it. */
    private static List<String> orders(FakePod pod) {
        return pod.calls().stream().filter(call -> !call.equals("PROBE")).toList();
    }

    private void assertStays(long epoch) {
        TenantRoute route = fleet.route(tenant);
        assertThat(route.residency()).isEqualTo(Residency.HOT);
        assertThat(route.epoch()).isEqualTo(epoch);
        assertThat(Objects.requireNonNull(route.placement()).pod()).isEqualTo(new PodId("a-0"));
        assertThat(source.isHot(tenant, epoch)).isTrue();
        assertThat(source.data(tenant)).containsExactly("one", "two");
        assertThat(fleet.row(tenant).owner()).isNull();
        assertThat(fleet.row(tenant).retryIn()).isZero();
    }
}
