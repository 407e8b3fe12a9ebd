package io.percolate.gateway.warmup.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RendezvousTest {
    private static final List<TenantId> TENANTS = tenants(20_000);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 10, 50})
    void addingAPodMovesOnlyTheTenantsThatItWins(int podCount) {
        List<PodId> before = pods(podCount);
        List<PodId> after = pods(podCount + 1);
        PodId added = after.getLast();

        int moved = 0;
        for (TenantId tenant : TENANTS) {
            PodId now = winner(tenant, after, pod -> 1);
            if (!now.equals(winner(tenant, before, pod -> 1))) {
                assertThat(now).isEqualTo(added);
                moved++;
            }
        }

        assertThat((double) moved / TENANTS.size()).isLessThan(1.0 / (podCount + 1) + 0.02);
    }

    @Test
    void tenantsSpreadInProportionToTheWeights() {
        List<PodId> pods = pods(4);
        Map<PodId, Double> weights = Map.of(pods.get(0), 1.0, pods.get(1), 0.5, pods.get(2), 0.25, pods.get(3), 0.25);

        Map<PodId, Integer> won = new HashMap<>();
        TENANTS.forEach(tenant ->
                won.merge(winner(tenant, pods, pod -> weights.getOrDefault(pod, 0.0)), 1, Integer::sum));

        pods.forEach(pod -> assertThat((double) won.getOrDefault(pod, 0) / TENANTS.size())
                .isCloseTo(weights.getOrDefault(pod, 0.0) / 2, within(0.02)));
    }

    @Test
    void theScoreIsTheSameInEveryProcess() {
        TenantId tenant = TenantId.of("018f2f5e-7c1a-7d7e-9b9e-3f0a5d1c2b4a");

        assertThat(Rendezvous.score(tenant, new PodId("pod-a-0"), 0.5))
                .isEqualTo(Rendezvous.score(tenant, new PodId("pod-a-0"), 0.5))
                .isNotEqualTo(Rendezvous.score(tenant, new PodId("pod-a-1"), 0.5))
                .isCloseTo(GOLDEN, within(1e-12));
        assertThat(Rendezvous.score(tenant, new PodId("pod-a-0"), 0)).isZero();
    }

    private static final double GOLDEN = 0.3452221144036685;

    private static PodId winner(TenantId tenant, List<PodId> pods, ToDoubleFunction<PodId> weight) {
        return pods.stream()
                .max(Comparator.comparingDouble(pod -> Rendezvous.score(tenant, pod, weight.applyAsDouble(pod))))
                .orElseThrow();
    }

    private static List<PodId> pods(int count) {
        return IntStream.range(0, count).mapToObj(i -> new PodId("tier-a-" + i)).toList();
    }

    private static List<TenantId> tenants(int count) {
        SplittableRandom random = new SplittableRandom(42);
        List<TenantId> tenants = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tenants.add(new TenantId(new UUID(random.nextLong(), random.nextLong())));
        }
        return tenants;
    }
}
