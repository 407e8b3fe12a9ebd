package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.pod.FakePod;
import io.percolate.gateway.warmup.pod.FakePod.Call;
import io.percolate.gateway.warmup.pod.PodAnswer.Hosted;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Stops a process at every single step of a wake, before and after its effect; another process then finishes the wake,
 * and the first may come back as a ghost.
 *
 * <p>Whatever happens, one pod has the tenant under the valid epoch, and no word of its data is lost.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InterruptedWakeTest {
    private static final int CALLS_MAX = 40;
    private static final Duration POLL = Duration.ofMillis(2);
    private static final Duration GONE_ASTRAY = Duration.ofSeconds(30);

    private final Fleet fleet = new Fleet();
    private final Fleet.Gateway heir = fleet.process();

    @BeforeAll
    void twoPodsATier() {
        for (Tier tier : List.of(Tier.A, Tier.C)) {
            fleet.pod(tier + "-0", tier, 10_000, 1);
            fleet.pod(tier + "-1", tier, 10_000, 1);
        }
    }

    @AfterAll
    void stop() {
        fleet.close();
    }

    /** Where the tenant, of tier A, is before its wake. */
    enum Start {
        SNAPSHOT,
        WARM_AT_HOME,
        WARM_IN_ANOTHER_TIER,
        HOT_AND_RESTARTED,
        MISPLACED,
        MISPLACED_AND_TARGET_BROKEN
    }

    @ParameterizedTest
    @EnumSource
    void aProcessThatDiesAtAnyStepLosesNothingAndHarmsNothingWhenItComesBack(Start start) {
        interruptEverywhere(start);
    }

    @Test
    void severalDeathsInARowLoseNothing() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 10; round++) {
            Start start = Start.values()[random.nextInt(Start.values().length)];
            TenantId tenant = prepare(start);
            StringBuilder story = new StringBuilder("seed " + seed + ", round " + round + ", " + start);
            int deaths = 1 + random.nextInt(4);
            for (int death = 0; death < deaths; death++) {
                Interruption interruption = new Interruption(1 + random.nextInt(10), random.nextBoolean());
                story.append(interrupt(tenant, interruption) ? ", died" : ", finished");
            }
            finishAndCheck(tenant, story.toString());
        }
    }

    private void interruptEverywhere(Start start) {
        for (boolean afterItsEffect : List.of(false, true)) {
            boolean interrupted = true;
            for (int call = 1; interrupted; call++) {
                assertThat(call).isLessThan(CALLS_MAX);
                TenantId tenant = prepare(start);
                Interruption interruption = new Interruption(call, afterItsEffect);
                String story = start + " interrupted " + (afterItsEffect ? "after" : "before") + " call " + call;
                try (Fleet.Gateway process = fleet.sibling(heir, interruption::around, interruption::around)) {
                    interrupted = begin(process, tenant, interruption);
                    finishAndCheck(tenant, story);
                    interruption.resume();
                    await().pollInterval(POLL)
                            .atMost(GONE_ASTRAY)
                            .until(() ->
                                    process.meters().get("wake.flights").gauge().value() == 0);
                    check(tenant, story + ", and came back", "one", "two", "three");
                }
            }
        }
    }

    private boolean interrupt(TenantId tenant, Interruption interruption) {
        try (Fleet.Gateway process = fleet.sibling(heir, interruption::around, interruption::around)) {
            boolean interrupted = begin(process, tenant, interruption);
            expireLease(tenant);
            return interrupted;
        }
    }

    /** Whether the process stopped before its wake had ended. */
    private boolean begin(Fleet.Gateway process, TenantId tenant, Interruption interruption) {
        AtomicBoolean ended = new AtomicBoolean();
        process.wake()
                .wake(fleet.route(tenant))
                .doFinally(end -> ended.set(true))
                .onErrorComplete()
                .subscribe();
        await().pollInterval(POLL).atMost(GONE_ASTRAY).until(() -> ended.get() || interruption.isReached());
        return interruption.isReached();
    }

    private TenantId prepare(Start start) {
        TenantId tenant = fleet.tenant(Tier.A);
        List<String> data = List.of("one", "two");
        switch (start) {
            case SNAPSHOT -> {
                fleet.world().putSnapshot("s3://bucket/" + tenant, data);
                fleet.state(tenant, "epoch = 3, rocksdb_location = 's3://bucket/" + tenant + "'");
            }
            case WARM_AT_HOME -> host(tenant, "A-0", Hosted.State.WARM, "warm");
            case WARM_IN_ANOTHER_TIER -> host(tenant, "C-0", Hosted.State.WARM, "warm");
            case HOT_AND_RESTARTED -> host(tenant, "A-0", Hosted.State.WARM, "hot");
            case MISPLACED -> host(tenant, "C-0", Hosted.State.HOT, "hot");
            case MISPLACED_AND_TARGET_BROKEN -> {
                host(tenant, "C-0", Hosted.State.HOT, "hot");
                FakePod.Answer broken = new FakePod.Answer(500, "out of order");
                pod("A-0").script(Call.LOAD, broken);
                pod("A-1").script(Call.LOAD, broken);
            }
        }
        return tenant;
    }

    private void host(TenantId tenant, String pod, Hosted.State state, String residency) {
        pod(pod).host(tenant, state, 3, "one", "two");
        fleet.state(tenant, "state = '" + residency + "', pod_id = '" + pod + "', epoch = 3");
    }

    private void expireLease(TenantId tenant) {
        fleet.state(
                tenant, "wake_lease_until = now() - interval '1 second', wake_retry_at = NULL, version = version + 1");
    }

    /** Another process brings the tenant home, and it goes on working there. */
    private void finishAndCheck(TenantId tenant, String story) {
        assertOneHostAtMost(tenant, story);
        expireLease(tenant);
        fleet.pods().values().forEach(FakePod::forgetScript);
        TenantRoute now = fleet.route(tenant);
        if (now.residency() != Residency.HOT || now.isMisplaced() || !isHosted(now)) {
            heir.bring(tenant);
        }
        check(tenant, story, "one", "two");
        TenantRoute route = fleet.route(tenant);
        assertThat(pod(hostOf(route)).write(tenant, route.epoch(), "three"))
                .as(story)
                .isTrue();
    }

    private void check(TenantId tenant, String story, String... data) {
        TenantRoute route = fleet.route(tenant);
        assertThat(route.residency()).as(story).isEqualTo(Residency.HOT);
        assertThat(route.isMisplaced()).as(story).isFalse();
        assertThat(isHosted(route)).as(story + ": " + route).isTrue();
        assertThat(pod(hostOf(route)).data(tenant)).as(story).containsExactly(data);
        assertOneHostAtMost(tenant, story);
    }

    private void assertOneHostAtMost(TenantId tenant, String story) {
        long epoch = fleet.route(tenant).epoch();
        assertThat(fleet.pods().values().stream().filter(pod -> pod.isHot(tenant, epoch)))
                .as(story)
                .hasSizeLessThanOrEqualTo(1);
    }

    private boolean isHosted(TenantRoute route) {
        return pod(hostOf(route)).isHot(route.tenant(), route.epoch());
    }

    private static String hostOf(TenantRoute route) {
        return Objects.requireNonNull(route.placement()).pod().value();
    }

    private FakePod pod(String id) {
        return Objects.requireNonNull(fleet.pods().get(id));
    }
}
