package io.percolate.gateway.proxy.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.proxy.resilience.PodStatus.State;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** When a pod is left alone, for how long, and how much it is given. */
class PodGuardTest {
    private static final TenantId ONE = TenantId.of("6f1c9a52-3d0e-4a55-9c1b-7a1d2e3f4a5b");
    private static final TenantId TWO = TenantId.of("7f1c9a52-3d0e-4a55-9c1b-7a1d2e3f4a5b");
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private long nowNanos = -3 * SECOND;

    private PodGuards pods(String... settings) {
        Map<String, String> keys = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            keys.put(settings[i], settings[i + 1]);
        }
        ConfigReader reader = new ConfigReader(ConfigSource.of(keys));
        PodGuards pods = new PodGuards(ResilienceConfig.read(reader), () -> nowNanos);
        reader.finish();
        return pods;
    }

    private static PodGuard pod(PodGuards pods, int number) {
        return pods.of(Tier.C, new PodAddress("10.0.0." + number, 8000));
    }

    private static List<PodGuard> pods(PodGuards pods, int first, int last) {
        List<PodGuard> all = new ArrayList<>();
        for (int i = first; i <= last; i++) {
            all.add(pod(pods, i));
        }
        return all;
    }

    private void fail(PodGuard pod, int times, boolean gateway) {
        for (int i = 0; i < times; i++) {
            pod.failed(i % 2 == 0 ? ONE : TWO, gateway, nowNanos);
        }
    }

    private State state(PodGuard pod) {
        return pod.status(nowNanos).state();
    }

    @Test
    void failuresInARowEjectAndASuccessBetweenThemDoesNot() {
        PodGuards pods = pods("GATEWAY_OUTLIER_CONSECUTIVE_GATEWAY", "3");
        pods(pods, 1, 9);
        PodGuard pod = pod(pods, 1);
        fail(pod, 4, false);
        pod.succeeded();
        fail(pod, 4, false);
        assertThat(pod.ejection(nowNanos)).isNull();
        fail(pod, 1, false);
        assertThat(pod.ejection(nowNanos)).isEqualTo(EjectionReason.CONSECUTIVE_5XX);

        PodGuard gateway = pod(pods, 2);
        fail(gateway, 3, true);
        assertThat(gateway.ejection(nowNanos)).isEqualTo(EjectionReason.CONSECUTIVE_GATEWAY);
    }

    @Test
    void answersThatBeginWellAndAreBrokenOffAreFailuresInARow() {
        PodGuards pods = pods();
        pods(pods, 1, 9);
        PodGuard pod = pod(pods, 1);
        PodShare share = new PodShare(pod, nowNanos);
        for (int i = 0; i < 5; i++) {
            assertThat(pod.ejection(nowNanos)).isNull();
            TenantId tenant = i % 2 == 0 ? ONE : TWO;
            assertThat(share.tryEnter(nowNanos)).isTrue();
            share.answering(tenant, 200, 1_000, nowNanos);
            share.brokenOff(tenant, nowNanos);
        }
        assertThat(pod.ejection(nowNanos)).isEqualTo(EjectionReason.CONSECUTIVE_GATEWAY);
        assertThat(pod.status(nowNanos).open()).isZero();
    }

    @Test
    void oneTenantsFailuresEjectNoPod() {
        PodGuards pods = pods();
        pods(pods, 1, 9);
        PodGuard pod = pod(pods, 1);
        for (int i = 0; i < 100; i++) {
            pod.failed(ONE, true, nowNanos);
        }
        assertThat(pod.ejection(nowNanos)).isNull();
        pod.failed(TWO, true, nowNanos);
        assertThat(pod.ejection(nowNanos)).isNotNull();
        assertThat(pod.isNewsFor(ONE)).isTrue();
        assertThat(pod.isNewsFor(ONE)).isFalse();
    }

    @Test
    void onlyAShareOfThePodsIsEjectedAndMoreThanHalfOfThemNone() {
        PodGuards pods = pods("GATEWAY_OUTLIER_EJECTED_PERCENT_TIER_C", "20");
        List<PodGuard> all = pods(pods, 1, 10);
        all.forEach(pod -> fail(pod, 5, true));
        assertThat(all.stream().filter(pod -> pod.ejection(nowNanos) != null)).hasSize(2);
        assertThat(pods.tier(Tier.C).ejectionsSpared()).isEqualTo(8);
        assertThat(pods.tier(Tier.C).isPanicking()).isFalse();

        PodGuards many = pods("GATEWAY_OUTLIER_EJECTED_PERCENT_TIER_C", "100");
        List<PodGuard> failing = pods(many, 1, 4);
        fail(failing.get(0), 5, true);
        fail(failing.get(1), 5, true);
        assertThat(failing.get(0).ejection(nowNanos)).isNotNull();
        fail(failing.get(2), 5, true);
        assertThat(many.tier(Tier.C).isPanicking()).isTrue();
        assertThat(failing.get(0).ejection(nowNanos)).isNull();
        assertThat(failing.get(0).status(nowNanos).ignored()).isTrue();
    }

    @Test
    void ejectionsGrowAndThePodComesBackSlowly() {
        PodGuards pods = pods("GATEWAY_POD_REQUESTS_MAX_TIER_C", "100");
        pods(pods, 1, 9);
        PodGuard pod = pod(pods, 1);
        fail(pod, 5, true);
        nowNanos += 29 * SECOND;
        assertThat(pod.ejection(nowNanos)).isNotNull();
        nowNanos += SECOND;
        assertThat(pod.ejection(nowNanos)).isNull();
        assertThat(pods.tier(Tier.C).ejected()).isZero();

        assertThat(enter(pod)).isBetween(1, 10);
        nowNanos += 5 * SECOND;
        assertThat(enter(pod)).isBetween(40, 60);
        nowNanos += 5 * SECOND;
        assertThat(enter(pod)).isEqualTo(100);
        assertThat(state(pod)).isEqualTo(State.SERVING);

        fail(pod, 5, true);
        nowNanos += 59 * SECOND;
        assertThat(pod.ejection(nowNanos)).isNotNull();
        nowNanos += SECOND;
        assertThat(pod.ejection(nowNanos)).isNull();
    }

    /** How many are let in at once. */
    private int enter(PodGuard pod) {
        int entered = 0;
        while (pod.tryEnter(nowNanos) >= 0) {
            entered++;
        }
        for (int i = 0; i < entered; i++) {
            pod.left();
        }
        return entered;
    }

    @Test
    void whoDoesNotAcceptConnectionsIsEjectedUntilItIsWell() {
        PodGuards pods = pods();
        pods(pods, 1, 9);
        PodGuard pod = pod(pods, 1);
        for (int i = 0; i < 4; i++) {
            pod.unreachable(nowNanos);
        }
        pod.reachable();
        for (int i = 0; i < 5; i++) {
            assertThat(pod.ejection(nowNanos)).isNull();
            pod.unreachable(nowNanos);
        }
        assertThat(pod.ejection(nowNanos)).isEqualTo(EjectionReason.UNREACHABLE);

        for (int i = 0; i < 3; i++) {
            pod.checked(false, nowNanos);
        }
        nowNanos += 400 * SECOND;
        assertThat(pod.ejection(nowNanos)).isNotNull();
        pod.checked(true, nowNanos);
        assertThat(pod.ejection(nowNanos)).isNotNull();
        pod.checked(true, nowNanos);
        assertThat(pod.ejection(nowNanos)).isNull();
        // One that is not accepted sends it away again.
        pod.unreachable(nowNanos);
        assertThat(pod.ejection(nowNanos)).isEqualTo(EjectionReason.UNREACHABLE);
    }

    @Test
    void anotherPodAtTheSameAddressStartsAnew() {
        PodGuards pods = pods();
        pods(pods, 1, 9);
        PodGuard pod = pod(pods, 1);
        pod.belongsTo(new PodId("a"));
        fail(pod, 5, true);
        pod.belongsTo(new PodId("a"));
        assertThat(pod.ejection(nowNanos)).isNotNull();
        pod.belongsTo(new PodId("b"));
        assertThat(pod.ejection(nowNanos)).isNull();
        assertThat(pods.tier(Tier.C).ejected()).isZero();
    }

    @Test
    void theRateThatFallsOutOfTheOthersEjects() {
        PodGuards pods = pods();
        List<PodGuard> all = pods(pods, 1, 6);
        for (PodGuard pod : all) {
            PodShare share = new PodShare(pod, nowNanos);
            boolean bad = pod.equals(all.getFirst());
            boolean oneTenantsTrouble = pod.equals(all.getLast());
            for (int i = 0; i < 200; i++) {
                TenantId tenant = i % 2 == 0 ? ONE : TWO;
                boolean failed = (bad && i % 4 < 2) || (oneTenantsTrouble && tenant.equals(ONE));
                share.tryEnter(nowNanos);
                share.answering(tenant, failed && i % 3 != 0 ? 500 : 200, 1_000, nowNanos);
                share.ended(200);
            }
            share.tick(nowNanos);
        }
        nowNanos += 10 * SECOND;
        pods.sweep(nowNanos);
        assertThat(all.getFirst().ejection(nowNanos)).isEqualTo(EjectionReason.SUCCESS_RATE);
        assertThat(all.stream().filter(pod -> pod.ejection(nowNanos) != null)).hasSize(1);
    }

    @Test
    void whatIsNotUsedIsForgotten() {
        PodGuards pods = pods();
        PodGuard idle = pod(pods, 1);
        PodGuard busy = pod(pods, 2);
        busy.tryEnter(nowNanos);
        nowNanos += PodGuards.UNUSED_NANOS + SECOND;
        pods.sweep(nowNanos);
        assertThat(pods.all()).containsExactly(busy);
        assertThat(pods.tier(Tier.C).known()).isEqualTo(1);
        assertThat(pod(pods, 1)).isNotSameAs(idle);
    }

    @Test
    void raceOfRequestsLeavesNothingUnderWay() throws Exception {
        int bound = 7;
        PodGuards pods =
                pods("GATEWAY_POD_REQUESTS_MAX_TIER_C", String.valueOf(bound), "GATEWAY_OUTLIER_EJECTION_TIME", "1s");
        List<PodGuard> all = pods(pods, 1, 4);
        AtomicInteger inside = new AtomicInteger();
        try (ExecutorService loops = Executors.newFixedThreadPool(4)) {
            List<Future<?>> running = new ArrayList<>();
            for (int loop = 0; loop < 4; loop++) {
                int seed = loop;
                running.add(loops.submit(() -> {
                    PodShare share = new PodShare(all.getFirst(), 0);
                    for (int i = 0; i < 20_000; i++) {
                        long now = i * SECOND / 1_000;
                        all.getFirst().ejection(now);
                        if (share.tryEnter(now)) {
                            assertThat(inside.incrementAndGet()).isLessThanOrEqualTo(bound);
                            inside.decrementAndGet();
                            TenantId tenant = (i + seed) % 2 == 0 ? ONE : TWO;
                            switch ((i * 31 + seed) % 5) {
                                case 0 -> share.failed(tenant, now);
                                case 1 -> share.abandoned();
                                default -> {
                                    share.answering(tenant, i % 7 == 0 ? 503 : 200, 1_000, now);
                                    share.ended(200);
                                }
                            }
                        }
                        if (i % 1_000 == 0) {
                            share.tick(now);
                        }
                    }
                }));
            }
            for (Future<?> each : running) {
                each.get(30, TimeUnit.SECONDS);
            }
        }
        PodStatus status = all.getFirst().status(Long.MAX_VALUE / 2);
        assertThat(status.open()).isZero();
        assertThat(status.waiting()).isZero();
        assertThat(pods.tier(Tier.C).ejected()).isEqualTo(status.state() == State.EJECTED ? 1 : 0);
    }
}
