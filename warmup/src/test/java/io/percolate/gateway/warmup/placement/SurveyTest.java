package io.percolate.gateway.warmup.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.pod.PodAnswer;
import io.percolate.gateway.warmup.pod.PodAnswer.Hosted;
import io.percolate.gateway.warmup.pod.PodConfig;
import io.percolate.gateway.warmup.pod.PodRow;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SurveyTest {
    private static final PodConfig CONFIG = PodConfig.read(new ConfigReader(ConfigSource.of(Map.of())));
    private static final PodRow P = Rows.pod("p", Tier.A);
    private static final PodRow Q = Rows.pod("q", Tier.A);
    private static final PodRow OF_C = Rows.pod("c", Tier.C);
    private static final PodRow DEAD = Rows.pod("dead", Tier.A, PodRow.Status.READY, Duration.ofSeconds(16));
    private static final PodRow SILENT = Rows.pod("silent", Tier.A, PodRow.Status.READY, Duration.ofSeconds(14));
    private static final PodRow LOST = Rows.pod("lost", Tier.A, PodRow.Status.LOST, Duration.ofSeconds(6));
    private static final PodRow GONE = Rows.pod("gone", Tier.A, PodRow.Status.GONE, Duration.ofSeconds(1));
    private static final PodRow DRAINING = Rows.pod("draining", Tier.A, PodRow.Status.DRAINING, Duration.ofSeconds(1));
    private static final PodAnswer.ToProbe NO_ANSWER = new PodAnswer.Unreachable("connection refused");

    private final Survey survey = new Survey(CONFIG);
    private final Survey restoring = new Survey(
            PodConfig.read(new ConfigReader(ConfigSource.of(Map.of("GATEWAY_POD_LOSS_A", "restore_snapshot")))));

    @ParameterizedTest
    @EnumSource(names = {"COLD", "ARCHIVED"})
    void aColdTenantIsPlacedFromItsSnapshotWithoutAskingAnyPod(Residency residency) {
        TenantRow row = Rows.tenant(Tier.A, residency, null, null, Rows.SNAPSHOT);

        assertThat(Survey.assignedToAsk(row)).isNull();
        assertThat(survey.plan(row, null, null))
                .isEqualTo(new Plan.Place(new DataSource.At(Rows.SNAPSHOT), null, null));
    }

    @Test
    void aTenantThatNeverHadDataStartsEmpty() {
        assertThat(survey.plan(Rows.tenant(Tier.A, Residency.COLD, null, null, null), null, null))
                .isEqualTo(new Plan.Place(new DataSource.Nowhere(), null, null));
    }

    @Test
    void aColdTenantGoesFirstToThePodThatAnUnfinishedWakeChose() {
        TenantRow row = Rows.tenant(Tier.A, Residency.COLD, Q, null, Rows.SNAPSHOT);

        assertThat(survey.plan(row, null, null))
                .isEqualTo(new Plan.Place(new DataSource.At(Rows.SNAPSHOT), null, Q.id()));
    }

    @Test
    void aWarmTenantIsPlacedFromItsPodsDiskThatPodFirst() {
        assertThat(plan(Rows.tenant(Tier.A, Residency.WARM, P, null, Rows.SNAPSHOT), hosted(Hosted.State.WARM)))
                .isEqualTo(new Plan.Place(new DataSource.OnPod(P, Rows.EPOCH), P.id(), P.id()));
    }

    @Test
    void aWarmTenantOfAnotherTierIsExportedToItsOwn() {
        assertThat(plan(Rows.tenant(Tier.A, Residency.WARM, OF_C, null, null), hosted(Hosted.State.WARM)))
                .isEqualTo(new Plan.Place(new DataSource.OnPod(OF_C, Rows.EPOCH), OF_C.id(), null));
    }

    @Test
    void aWarmTenantOfADrainingPodMayGoElsewhere() {
        assertThat(plan(Rows.tenant(Tier.A, Residency.WARM, DRAINING, null, null), hosted(Hosted.State.WARM)))
                .isEqualTo(new Plan.Place(new DataSource.OnPod(DRAINING, Rows.EPOCH), DRAINING.id(), DRAINING.id()));
    }

    @ParameterizedTest
    @EnumSource(names = {"HOT", "WARM", "MOVING"})
    void aTenantThatItsPodHasHotUnderItsEpochIsConfirmed(Residency residency) {
        assertThat(plan(Rows.tenant(Tier.A, residency, P, null, null), hosted(Hosted.State.HOT)))
                .isEqualTo(new Plan.Confirm(P));
    }

    @Test
    void aHotTenantWhosePodRestartedIsLoadedThereAgain() {
        assertThat(plan(Rows.tenant(Tier.A, Residency.HOT, P, null, null), hosted(Hosted.State.WARM)))
                .isEqualTo(new Plan.Place(new DataSource.OnPod(P, Rows.EPOCH), P.id(), P.id()));
    }

    @Test
    void aHotTenantWhosePodLostItsDiskComesBackFromTheSnapshot() {
        assertThat(plan(Rows.tenant(Tier.A, Residency.HOT, P, null, Rows.SNAPSHOT), hosted(Hosted.State.ABSENT)))
                .isEqualTo(new Plan.Place(new DataSource.At(Rows.SNAPSHOT), null, P.id()));
    }

    @ParameterizedTest
    @EnumSource(names = {"HOT", "MOVING"})
    void aMisplacedTenantIsHandedOff(Residency residency) {
        assertThat(plan(Rows.tenant(Tier.A, residency, OF_C, null, null), hosted(Hosted.State.HOT)))
                .isEqualTo(new Plan.HandOff(OF_C, Rows.EPOCH, true, null));
    }

    @Test
    void aTenantHotUnderAnOlderEpochAdoptsTheNewOneInItsPod() {
        Hosted older = new Hosted(Hosted.State.HOT, Rows.EPOCH - 1, false, null);

        assertThat(survey.plan(Rows.tenant(Tier.A, Residency.MOVING, P, null, null), older, null))
                .isEqualTo(new Plan.Place(new DataSource.InMemory(P, Rows.EPOCH - 1), P.id(), P.id()));
    }

    @Test
    void aTenantThatALostWakeIsStillLoadingStaysWithThatPod() {
        assertThat(plan(Rows.tenant(Tier.A, Residency.WARM, P, null, null), hosted(Hosted.State.LOADING)))
                .isEqualTo(new Plan.Place(new DataSource.InMemory(P, Rows.EPOCH), P.id(), P.id()));
    }

    @Test
    void anUnpublishedLoadIsPublished() {
        TenantRow row = Rows.tenant(Tier.A, Residency.MOVING, Q, OF_C, null);

        assertThat(survey.plan(row, hosted(Hosted.State.HOT), hosted(Hosted.State.WARM)))
                .isEqualTo(new Plan.Confirm(Q));
    }

    @Test
    void anUnfinishedLoadIsRepeatedFromTheSource() {
        TenantRow row = Rows.tenant(Tier.A, Residency.MOVING, Q, OF_C, null);
        Hosted source = new Hosted(Hosted.State.WARM, Rows.EPOCH - 1, false, null);

        assertThat(survey.plan(row, hosted(Hosted.State.ABSENT), source))
                .isEqualTo(new Plan.Place(new DataSource.OnPod(OF_C, Rows.EPOCH - 1), OF_C.id(), Q.id()));
    }

    @Test
    void aSourceThatWasTakenForDeadAndIsHotIsEvictedFirst() {
        TenantRow row = Rows.tenant(Tier.A, Residency.WARM, Q, OF_C, Rows.SNAPSHOT);
        Hosted source = new Hosted(Hosted.State.HOT, Rows.EPOCH - 1, false, null);

        assertThat(survey.plan(row, NO_ANSWER, source)).isEqualTo(new Plan.HandOff(OF_C, Rows.EPOCH - 1, false, null));
    }

    @Test
    void aSilentPodIsWaitedForUntilItsHeartbeatIsTooOld() {
        assertGivesUp(plan(Rows.tenant(Tier.A, Residency.HOT, SILENT, null, Rows.SNAPSHOT), NO_ANSWER));
    }

    @Test
    void aDeadPodsTenantWaitsForItsNewestData() {
        assertGivesUp(plan(Rows.tenant(Tier.A, Residency.HOT, DEAD, null, Rows.SNAPSHOT), NO_ANSWER));
        assertGivesUp(plan(Rows.tenant(Tier.A, Residency.WARM, LOST, null, Rows.SNAPSHOT), NO_ANSWER));
    }

    @Test
    void whereTheTierIsConfiguredSoItComesBackFromTheSnapshotAndThePodIsNotForgotten() {
        for (PodRow dead : List.of(DEAD, LOST)) {
            assertThat(restoring.plan(Rows.tenant(Tier.A, Residency.HOT, dead, null, Rows.SNAPSHOT), NO_ANSWER, null))
                    .isEqualTo(new Plan.Place(new DataSource.At(Rows.SNAPSHOT), dead.id(), null));
        }
        assertGivesUp(restoring.plan(Rows.tenant(Tier.A, Residency.HOT, SILENT, null, Rows.SNAPSHOT), NO_ANSWER, null));
        assertGivesUp(restoring.plan(Rows.tenant(Tier.C, Residency.HOT, DEAD, null, Rows.SNAPSHOT), NO_ANSWER, null));
    }

    @Test
    void aDeadPodsTenantWithoutSnapshotIsNotMadeEmpty() {
        assertGivesUp(restoring.plan(Rows.tenant(Tier.A, Residency.WARM, DEAD, null, null), NO_ANSWER, null));
    }

    @Test
    void aTenantWhosePodIsGoneForGoodStartsFromWhatThereIs() {
        assertThat(plan(Rows.tenant(Tier.A, Residency.HOT, GONE, null, null), NO_ANSWER))
                .isEqualTo(new Plan.Place(new DataSource.Nowhere(), null, null));
    }

    @Test
    void aPodThatTalksNonsenseIsNotTrusted() {
        Plan plan = plan(
                Rows.tenant(Tier.A, Residency.WARM, P, null, Rows.SNAPSHOT), new PodAnswer.Refused(500, "garbage"));

        assertThat(plan)
                .isInstanceOfSatisfying(
                        Plan.GiveUp.class,
                        gaveUp -> assertThat(gaveUp.failure().kind()).isEqualTo(FailureKind.WAKE_POD_REFUSED));
    }

    @Test
    void dataIsRestoredFromItsHolderUnlessThatLoadsIt() {
        for (DataSource onP : List.of(new DataSource.OnPod(P, 3), new DataSource.InMemory(P, 3))) {
            assertThat(onP.restoreFrom(P.id(), Rows.TENANT)).isNull();
            assertThat(onP.restoreFrom(new PodId("other"), Rows.TENANT))
                    .isEqualTo("http://10.0.0.1:8000/internal/tenants/" + Rows.TENANT + "/data");
        }
        assertThat(new DataSource.At(Rows.SNAPSHOT).restoreFrom(P.id(), Rows.TENANT))
                .isEqualTo(Rows.SNAPSHOT);
        assertThat(new DataSource.Nowhere().restoreFrom(P.id(), Rows.TENANT)).isNull();
    }

    private Plan plan(TenantRow row, PodAnswer.ToProbe word) {
        return survey.plan(row, word, null);
    }

    private static Hosted hosted(Hosted.State state) {
        return new Hosted(state, Rows.EPOCH, false, null);
    }

    private static void assertGivesUp(Plan plan) {
        assertThat(plan)
                .isInstanceOfSatisfying(
                        Plan.GiveUp.class,
                        gaveUp -> assertThat(gaveUp.failure().kind()).isEqualTo(FailureKind.WAKE_FAILED));
    }
}
