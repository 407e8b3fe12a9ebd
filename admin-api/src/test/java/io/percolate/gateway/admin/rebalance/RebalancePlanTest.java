package io.percolate.gateway.admin.rebalance;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.rebalance.PodLoad.Group;
import io.percolate.gateway.admin.rebalance.PodLoad.HotTenant;
import io.percolate.gateway.admin.rebalance.RebalancePlan.GroupChange;
import io.percolate.gateway.admin.rebalance.RebalancePlan.Move;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RebalancePlanTest {
    private static final Group GROUP = new Group(Tier.B, "default", null);
    private static final double RATIO = 1.25;
    private static final int MANY = 1_000;

    @Test
    void podsThatAreLoadedAlikeAreLeftAlone() {
        RebalancePlan plan =
                RebalancePlan.of(List.of(pod("b-0", 12, 5), pod("b-1", 12, 5), pod("b-2", 12, 4)), RATIO, MANY);

        assertThat(plan.moves()).isEmpty();
        assertThat(plan.groups().getFirst().before())
                .isEqualTo(plan.groups().getFirst().after());
    }

    @Test
    void noMoreAreMovedThanItTakes() {
        RebalancePlan plan = RebalancePlan.of(
                List.of(pod("b-0", 20, 12), pod("b-1", 20, 4), pod("b-2", 20, 4), pod("b-3", 20, 4)), RATIO, MANY);

        // The mean is 6: 7 are allowed, so five have to go.
        assertThat(plan.moves()).hasSize(5).allSatisfy(move -> {
            assertThat(move.from()).isEqualTo(new PodId("b-0"));
            assertThat(move.reason()).contains("b-0").contains("times the mean");
        });
        assertThat(plan.groups().getFirst().after().worse()).isLessThanOrEqualTo(RATIO);
    }

    @Test
    void wholeTenantsMayLeaveMoreThanTheRatioWhereTheyAreFew() {
        RebalancePlan plan =
                RebalancePlan.of(List.of(pod("b-0", 12, 3), pod("b-1", 12, 1), pod("b-2", 12, 0)), RATIO, MANY);

        assertThat(counts(plan)).isEqualTo(Map.of("b-0", 2, "b-1", 1, "b-2", 1));
    }

    @Test
    void aPodOfTwiceTheCapacityMayCarryTwiceAsMuch() {
        RebalancePlan plan = RebalancePlan.of(List.of(pod("b-0", 20, 10), pod("b-1", 10, 5)), RATIO, MANY);

        assertThat(plan.moves()).isEmpty();
    }

    @Test
    void memoryCountsBesideThePlaces() {
        List<PodLoad> pods = List.of(
                pod("b-0", 12, tenant(900, 10), tenant(900, 10), tenant(10, 1), tenant(10, 1)),
                pod("b-1", 12, tenant(10, 1), tenant(10, 1), tenant(10, 1), tenant(10, 1)));

        RebalancePlan plan = RebalancePlan.of(pods, RATIO, MANY);

        assertThat(plan.groups().getFirst().before().count()).isEqualTo(1);
        assertThat(plan.groups().getFirst().before().load()).isGreaterThan(RATIO);
        assertThat(plan.moves()).isNotEmpty();
        assertThat(plan.moves().getFirst().costMb()).isEqualTo(10);
        assertThat(plan.groups().getFirst().after().worse()).isLessThanOrEqualTo(RATIO);
    }

    @Test
    void amongEqualsTheIdleOneWithTheLeastDataGoes() {
        HotTenant cheapest = new HotTenant(new TenantId(UUID.randomUUID()), 0, 5, false, true);
        List<HotTenant> tenants = new ArrayList<>(List.of(
                new HotTenant(new TenantId(UUID.randomUUID()), 0, 50, false, true),
                new HotTenant(new TenantId(UUID.randomUUID()), 0, 1, false, false),
                cheapest));
        List<PodLoad> pods = List.of(
                new PodLoad(new PodId("b-0"), GROUP, 12, 3, tenants),
                new PodLoad(new PodId("b-1"), GROUP, 12, 0, List.of()));

        assertThat(RebalancePlan.of(pods, RATIO, 1).moves())
                .extracting(Move::tenant)
                .containsExactly(cheapest.id());
    }

    @Test
    void nobodyGoesToAnotherTierRegionOrShardNorToAFullPod() {
        PodLoad other = new PodLoad(new PodId("c-0"), new Group(Tier.C, "default", null), 20, 0, List.of());
        PodLoad elsewhere = new PodLoad(new PodId("b-eu"), new Group(Tier.B, "eu", null), 12, 0, List.of());
        PodLoad shard = new PodLoad(new PodId("b-s"), new Group(Tier.B, "default", "s-1"), 12, 0, List.of());
        PodLoad keptByWakes = new PodLoad(new PodId("b-1"), GROUP, 4, 4, List.of());

        assertThat(RebalancePlan.of(List.of(pod("b-0", 12, 9), other, elsewhere, shard, keptByWakes), RATIO, MANY)
                        .moves())
                .isEmpty();
    }

    @Test
    void theBoundOfMovesHolds() {
        assertThat(RebalancePlan.of(List.of(pod("b-0", 50, 40), pod("b-1", 50, 0)), RATIO, 3)
                        .moves())
                .hasSize(3);
    }

    @Test
    void randomFleetsEndLevelledAndNobodyIsMovedTwiceOrIntoAFullPod() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 50; round++) {
            List<PodLoad> pods = new ArrayList<>();
            int members = 2 + random.nextInt(6);
            for (int i = 0; i < members; i++) {
                int tenants = random.nextInt(40);
                pods.add(pod(
                        "b-" + i,
                        60,
                        IntStream.range(0, tenants)
                                .mapToObj(unused -> new HotTenant(
                                        new TenantId(new UUID(random.nextLong(), random.nextLong())),
                                        10 + random.nextInt(90),
                                        random.nextInt(500),
                                        random.nextBoolean(),
                                        true))
                                .toArray(HotTenant[]::new)));
            }

            RebalancePlan plan = RebalancePlan.of(pods, RATIO, MANY);

            GroupChange change = plan.groups().getFirst();
            int all = pods.stream().mapToInt(pod -> pod.tenants().size()).sum();
            assertThat(plan.moves().stream().map(Move::tenant).toList())
                    .as("seed %d", seed)
                    .doesNotHaveDuplicates();
            assertThat(new HashSet<>(counts(plan).values()))
                    .as("seed %d", seed)
                    .allSatisfy(count -> assertThat(count).isBetween(0, 60));
            assertThat(counts(plan).values().stream().mapToInt(count -> count).sum())
                    .isEqualTo(all);
            if (all >= members * 10) {
                assertThat(change.after().worse()).as("seed %d", seed).isLessThanOrEqualTo(RATIO);
            }
            // So many leave where one pod has them all.
            assertThat(plan.moves()).as("seed %d", seed).hasSizeLessThanOrEqualTo(all - all / members);
        }
    }

    private static Map<String, Integer> counts(RebalancePlan plan) {
        Map<String, Integer> counts = new HashMap<>();
        plan.groups()
                .forEach(group ->
                        group.pods().forEach(pod -> counts.put(pod.pod().value(), pod.tenantsAfter())));
        return counts;
    }

    private static HotTenant tenant(int memoryMb, int dataMb) {
        return new HotTenant(new TenantId(UUID.randomUUID()), memoryMb, dataMb, false, true);
    }

    private static PodLoad pod(String id, int capacity, int tenants) {
        return pod(
                id,
                capacity,
                IntStream.range(0, tenants).mapToObj(unused -> tenant(0, 0)).toArray(HotTenant[]::new));
    }

    private static PodLoad pod(String id, int capacity, HotTenant... tenants) {
        return new PodLoad(new PodId(id), GROUP, capacity, tenants.length, List.of(tenants));
    }
}
