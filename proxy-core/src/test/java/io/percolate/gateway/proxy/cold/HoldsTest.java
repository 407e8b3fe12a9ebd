package io.percolate.gateway.proxy.cold;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.wake.Wake;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Queues of held requests: their bounds, who leaves, and in which order they are let go. */
class HoldsTest {
    private static final long KIB = 1 << 10;
    private static final PodAddress POD = new PodAddress("127.0.0.1", 8000);

    private final Wakes wakes = new Wakes();
    private final List<String> released = new ArrayList<>();
    private final List<Failure> failures = new ArrayList<>();
    private final List<Released> leaves = new ArrayList<>();

    @Test
    void memoryIsBoundedWhateverTheNumber() {
        Holds holds = holds(1_000, 10 * KIB, 100, 100);
        TenantId tenant = tenant();

        hold(holds, tenant, Tier.A, 4 * KIB, "first");
        Disposable second = hold(holds, tenant, Tier.A, 4 * KIB, "second");
        hold(holds, tenant, Tier.A, 4 * KIB, "third");

        assertThat(failures).singleElement().satisfies(full -> {
            assertThat(full.kind()).isEqualTo(FailureKind.HOLD_FULL);
            assertThat(full.retryAfter()).isEqualTo(Duration.ofSeconds(3));
        });
        assertThat(holds.counts().refused(HoldBound.BYTES)).isEqualTo(1);
        assertThat(holds.counts().bytes()).isEqualTo(8 * KIB);
        second.dispose();
        assertThat(holds.counts().bytes()).isEqualTo(4 * KIB);
        hold(holds, tenant, Tier.A, 4 * KIB, "fourth");
        assertThat(failures).hasSize(1);
    }

    @Test
    void thoseOfATenantThatMovesHaveABoundOfTheirOwnAndAreLetGoInTheOrderInWhichTheyCame() {
        Holds holds = holds(1_000, 1 << 20, 2, 100);
        TenantId tenant = tenant();
        TenantRoute moving = route(tenant, Tier.A, Residency.MOVING);

        for (String name : List.of("one", "two", "three", "four", "too many")) {
            holds.hold(moving, KIB)
                    .subscribe(leave -> released.add(name), error -> failures.add(FailureException.failureOf(error)));
        }
        wakes.land(tenant);

        assertThat(failures)
                .singleElement()
                .satisfies(full -> assertThat(full.kind()).isEqualTo(FailureKind.HOLD_FULL));
        assertThat(released).containsExactly("one", "two", "three", "four");
    }

    @Test
    void aFullTierLeavesRoomForOthers() {
        Holds holds = holds(2, 1 << 20, 100, 100);

        hold(holds, tenant(), Tier.C, KIB, "c1");
        hold(holds, tenant(), Tier.C, KIB, "c2");
        hold(holds, tenant(), Tier.C, KIB, "c3");
        hold(holds, tenant(), Tier.A, KIB, "a1");

        assertThat(failures).hasSize(1);
        assertThat(holds.counts().refused(HoldBound.TIER)).isEqualTo(1);
        assertThat(holds.counts().held()).isEqualTo(3);
    }

    @Test
    void aPodTakesItsTenantsInTurn() {
        Holds holds = holds(1_000, 1 << 20, 100, 2);
        TenantId one = tenant();
        TenantId other = tenant();
        for (int i = 0; i < 4; i++) {
            hold(holds, one, Tier.B, KIB, "one");
        }
        hold(holds, other, Tier.B, KIB, "other");
        hold(holds, other, Tier.B, KIB, "other");

        wakes.land(one);
        wakes.land(other);
        assertThat(released).containsExactly("one", "one");
        while (!leaves.isEmpty()) {
            leaves.removeFirst().close();
        }

        assertThat(released).containsExactly("one", "one", "one", "other", "one", "other");
        assertThat(holds.counts().held()).isZero();
        assertThat(holds.counts().bytes()).isZero();
    }

    @Test
    void aTurnIsNotLostOnATenantWhoseRequestsHaveAllLeft() {
        Holds holds = holds(1_000, 1 << 20, 100, 1);
        TenantId first = tenant();
        TenantId gone = tenant();
        TenantId last = tenant();
        hold(holds, first, Tier.B, KIB, "first");
        Disposable impatient = hold(holds, gone, Tier.B, KIB, "gone");
        hold(holds, last, Tier.B, KIB, "last");
        wakes.land(first);
        wakes.land(gone);
        wakes.land(last);

        impatient.dispose();
        leaves.removeFirst().close();

        assertThat(released).containsExactly("first", "last");
    }

    /** Of 256 MiB, 100,000 held requests may have 2,684 bytes each; their connections and heads take the rest. */
    @Test
    void aHundredThousandWaitersTakeLittleAndNothingStaysOfThem() {
        int count = 100_000;
        Holds holds = holds(count, Long.MAX_VALUE, count, 100);
        TenantId[] tenants = new TenantId[count / 250];
        Arrays.setAll(tenants, i -> tenant());
        Disposable[] waiting = new Disposable[count];
        long before = usedHeap();

        for (int i = 0; i < count; i++) {
            waiting[i] = holds.hold(route(tenants[i % tenants.length], Tier.B, Residency.COLD), 4 * KIB)
                    .subscribe(leave -> {}, error -> {});
        }
        long each = (usedHeap() - before) / count;

        System.out.println("a waiter takes " + each + " bytes of heap");
        assertThat(each).isLessThan(1_000);
        assertThat(holds.counts().held()).isEqualTo(count);
        for (Disposable one : waiting) {
            one.dispose();
        }
        assertThat(holds.counts().held()).isZero();
        assertThat(holds.counts().bytes()).isZero();
    }

    private static long usedHeap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private Holds holds(int perTier, long bytes, int perTenant, int perPod) {
        return new Holds(
                new ColdConfig(
                        ColdStartRules.DEFAULT,
                        Duration.ofSeconds(30),
                        perTenant,
                        100_000,
                        new HoldBounds(Map.of(Tier.A, perTier, Tier.B, perTier, Tier.C, perTier), bytes, perPod),
                        64,
                        Duration.ofSeconds(5),
                        ColdConfig.read(new ConfigReader(ConfigSource.of(Map.of())))
                                .generate(),
                        new MoveHold(Duration.ofSeconds(30), 2 * perTenant),
                        false),
                wakes);
    }

    private Disposable hold(Holds holds, TenantId tenant, Tier tier, long bytes, String name) {
        return holds.hold(route(tenant, tier, Residency.COLD), bytes)
                .subscribe(
                        leave -> {
                            released.add(name);
                            leaves.add(leave);
                        },
                        error -> failures.add(FailureException.failureOf(error)));
    }

    private static TenantId tenant() {
        return new TenantId(UUID.randomUUID());
    }

    private static TenantRoute route(TenantId tenant, Tier tier, Residency residency) {
        @Nullable
        Placement placement = residency == Residency.HOT ? new Placement(new PodId("pod"), tier, POD, 1) : null;
        return new TenantRoute(
                tenant,
                tier,
                TenantStatus.ACTIVE,
                SecurityMode.NODE_BASED,
                residency,
                placement,
                residency == Residency.HOT ? 1 : 0,
                "default",
                null,
                null,
                1);
    }

    private static final class Wakes implements Wake {
        private final Map<TenantId, Sinks.One<TenantRoute>> sinks = new ConcurrentHashMap<>();

        void land(TenantId tenant) {
            Objects.requireNonNull(sinks.get(tenant))
                    .tryEmitValue(route(tenant, Tier.B, Residency.HOT))
                    .orThrow();
        }

        @Override
        public Mono<TenantRoute> wake(TenantRoute known) {
            return sinks.computeIfAbsent(known.tenant(), tenant -> Sinks.one()).asMono();
        }

        @Override
        public Duration expected(Tier tier) {
            return Duration.ofSeconds(3);
        }
    }
}
