package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.handoff.MoveOrder;
import io.percolate.gateway.warmup.handoff.MoveOutcome;
import io.percolate.gateway.warmup.handoff.MoveTarget;
import io.percolate.gateway.warmup.pod.FakePod;
import io.percolate.gateway.warmup.pod.PodAnswer.Hosted;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Stops the process that moves a tenant at every single step, before and after its effect; a wake or another mover goes
 * on, and the first may come back as a ghost.
 *
 * <p>Whatever happens, one pod has the tenant under the valid epoch, no word of its data is lost, and none is taken under
 * an epoch of the past.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InterruptedMoveTest {
    private static final int CALLS_MAX = 40;
    private static final long EPOCH = 3;
    private static final Duration POLL = Duration.ofMillis(2);
    private static final Duration GONE_ASTRAY = Duration.ofSeconds(30);
    private static final Duration LEASE = Duration.ofSeconds(30);

    private final Fleet fleet = new Fleet();
    private final Fleet.Gateway heir = fleet.process();
    private final FakePod source = fleet.pod("a-0", Tier.A, 10_000, 1);
    private final FakePod target = fleet.pod("a-1", Tier.A, 10_000, 1);

    /** Who goes on. */
    enum Heir {
        WAKE,
        MOVER
    }

    /** How the move would have ended. */
    enum Course {
        MOVES,
        ROLLS_BACK
    }

    @BeforeAll
    void start() {
        assertThat(fleet.pods()).hasSize(2);
    }

    @AfterAll
    void stop() {
        fleet.close();
    }

    @ParameterizedTest
    @EnumSource
    void aMoverThatDiesAtAnyStepLosesNothingAndHarmsNothingWhenItComesBack(Heir who) {
        // How a move rolls back is of no matter to a mover that comes after it: it finds what a wake would.
        for (Course course : who == Heir.WAKE ? List.of(Course.values()) : List.of(Course.MOVES)) {
            for (boolean afterItsEffect : List.of(false, true)) {
                boolean interrupted = true;
                for (int call = 1; interrupted; call++) {
                    assertThat(call).isLessThan(CALLS_MAX);
                    interrupted = interrupt(who, course, call, afterItsEffect);
                }
            }
        }
    }

    /** Whether the process stopped before its move had ended. */
    private boolean interrupt(Heir who, Course course, int call, boolean afterItsEffect) {
        String story = who + " after a move that " + course + " interrupted " + (afterItsEffect ? "after" : "before")
                + " call " + call;
        TenantId tenant = fleet.tenant(Tier.A);
        source.host(tenant, Hosted.State.HOT, EPOCH, "one", "two");
        fleet.state(tenant, "state = 'hot', pod_id = 'a-0', epoch = " + EPOCH);
        if (course == Course.ROLLS_BACK) {
            target.script(FakePod.Call.LOAD, new FakePod.Answer(500, "out of order"));
        }
        Interruption interruption = new Interruption(call, afterItsEffect);
        AtomicBoolean ended = new AtomicBoolean();
        try (Fleet.Gateway process = fleet.sibling(heir, interruption::around, interruption::around)) {
            process.moves(LEASE)
                    .move(order(tenant))
                    .doFinally(end -> ended.set(true))
                    .onErrorComplete()
                    .subscribe();
            await().pollInterval(POLL).atMost(GONE_ASTRAY).until(() -> ended.get() || interruption.isReached());
            boolean interrupted = interruption.isReached();

            assertOneHostAtMost(tenant, story);
            fleet.pods().values().forEach(FakePod::forgetScript);
            goOn(who, tenant, story);
            check(tenant, story, "one", "two");
            TenantRoute route = fleet.route(tenant);
            for (FakePod pod : fleet.pods().values()) {
                assertThat(pod.write(tenant, route.epoch() - 1, "stale"))
                        .as(story)
                        .isFalse();
            }
            assertThat(pod(route).write(tenant, route.epoch(), "three"))
                    .as(story)
                    .isTrue();

            interruption.resume();
            await().pollInterval(POLL).atMost(GONE_ASTRAY).until(ended::get);
            // Its order to the source may have come under the epoch that still counts: the next request finds that out.
            if (!pod(route).isHot(tenant, route.epoch())) {
                heir.bring(tenant);
            }
            check(tenant, story + ", and came back", "one", "two", "three");
            return interrupted;
        }
    }

    private void goOn(Heir who, TenantId tenant, String story) {
        fleet.state(tenant, "wake_lease_until = now() - interval '1 second', version = version + 1");
        switch (who) {
            case WAKE -> {
                TenantRoute now = fleet.route(tenant);
                if (now.residency() != Residency.HOT || !pod(now).isHot(tenant, now.epoch())) {
                    heir.bring(tenant);
                }
            }
            case MOVER -> {
                assertThat(heir.moves(LEASE).move(order(tenant)).block(Fleet.PATIENCE))
                        .as(story)
                        .isInstanceOfAny(MoveOutcome.Moved.class, MoveOutcome.InPlace.class);
                assertThat(pod(fleet.route(tenant))).as(story).isSameAs(target);
            }
        }
    }

    private static MoveOrder order(TenantId tenant) {
        return new MoveOrder(tenant, new MoveTarget.Into(new PodId("a-1")), Duration.ofSeconds(20));
    }

    private void check(TenantId tenant, String story, String... data) {
        TenantRoute route = fleet.route(tenant);
        assertThat(route.residency()).as(story).isEqualTo(Residency.HOT);
        assertThat(pod(route).isHot(tenant, route.epoch()))
                .as(story + ": " + route)
                .isTrue();
        assertThat(pod(route).data(tenant)).as(story).containsExactly(data);
        assertOneHostAtMost(tenant, story);
    }

    private void assertOneHostAtMost(TenantId tenant, String story) {
        long epoch = fleet.route(tenant).epoch();
        assertThat(fleet.pods().values().stream().filter(pod -> pod.isHot(tenant, epoch)))
                .as(story)
                .hasSizeLessThanOrEqualTo(1);
    }

    private FakePod pod(TenantRoute route) {
        return Objects.requireNonNull(
                fleet.pods().get(Objects.requireNonNull(route.placement()).pod().value()));
    }
}
