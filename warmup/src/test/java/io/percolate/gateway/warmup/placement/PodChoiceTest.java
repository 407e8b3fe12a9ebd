package io.percolate.gateway.warmup.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodChoiceTest {
    private static final Candidate EMPTY = new Candidate(Rows.pod("empty", Tier.A), 0);
    private static final Candidate NEARLY_FULL = new Candidate(Rows.pod("nearly-full", Tier.A), 7);
    private static final Candidate FULL = new Candidate(Rows.pod("full", Tier.A), 8);
    private static final Candidate OVERFULL = new Candidate(Rows.pod("overfull", Tier.A), 9);

    @Test
    void thePreferredPodComesFirstHoweverFewPlacesItHas() {
        List<Candidate> ranked =
                PodChoice.ranked(Rows.TENANT, List.of(EMPTY, NEARLY_FULL), new PodId("nearly-full"), Set.of());

        assertThat(ranked).containsExactly(NEARLY_FULL, EMPTY);
    }

    @Test
    void fullPodsAreLeftOutEvenIfPreferred() {
        List<Candidate> ranked =
                PodChoice.ranked(Rows.TENANT, List.of(FULL, OVERFULL, EMPTY), new PodId("full"), Set.of());

        assertThat(ranked).containsExactly(EMPTY);
    }

    @Test
    void podsThatTurnedTheTenantAwayAreLeftOut() {
        assertThat(PodChoice.ranked(Rows.TENANT, List.of(EMPTY), null, Set.of(new PodId("empty"))))
                .isEmpty();
    }

    @Test
    void ofTwoPodsTheOneWithMoreRoomIsTaken() {
        assertThat(IntStream.range(0, 100).mapToObj(i -> new TenantId(new UUID(i, ~i))))
                .allSatisfy(tenant -> assertThat(PodChoice.ranked(tenant, List.of(NEARLY_FULL, EMPTY), null, Set.of()))
                        .containsExactly(EMPTY, NEARLY_FULL));
    }

    @Test
    void podsWithEqualRoomAreTakenInEachTenantsOwnOrder() {
        List<Candidate> pods = List.of(
                new Candidate(Rows.pod("one", Tier.A), 3),
                new Candidate(Rows.pod("two", Tier.A), 3),
                new Candidate(Rows.pod("three", Tier.A), 3));
        Map<PodId, Long> chosen = IntStream.range(0, 9_000)
                .mapToObj(i -> PodChoice.ranked(new TenantId(new UUID(i, ~i)), pods, null, Set.of()))
                .collect(Collectors.groupingBy(ranked -> ranked.getFirst().id(), Collectors.counting()));

        assertThat(chosen.values())
                .hasSize(3)
                .allSatisfy(count -> assertThat(count).isBetween(2_800L, 3_200L));
    }

    /** As when a pod of six is lost: what it had is spread over the five others, hundreds of tenants or a few dozen. */
    @ParameterizedTest
    @CsvSource({"600, 6, 300", "300, 6, 75", "100, 6, 60", "48, 6, 24"})
    void theTenantsOfALostPodAreSpreadEvenly(int tenants, int pods, int capacity) {
        Map<String, Integer> loads = new LinkedHashMap<>();
        IntStream.range(0, pods).forEach(i -> loads.put("pod-" + i, 0));
        Map<TenantId, String> places = new LinkedHashMap<>();
        IntStream.range(0, tenants)
                .mapToObj(i -> new TenantId(new UUID(i * 0x9E3779B97F4A7C15L, i)))
                .forEach(tenant -> places.put(tenant, place(tenant, loads, capacity)));

        assertThat(loads.values()).allMatch(load -> load * pods <= tenants * 1.2 + pods);

        loads.remove("pod-0");
        places.entrySet().stream()
                .filter(place -> place.getValue().equals("pod-0"))
                .forEach(place -> place(place.getKey(), loads, capacity));

        assertThat(loads.values()).allMatch(load -> load * (pods - 1) <= tenants * 1.25);
    }

    private static String place(TenantId tenant, Map<String, Integer> loads, int capacity) {
        List<Candidate> candidates = loads.entrySet().stream()
                .map(load -> new Candidate(Rows.pod(load.getKey(), Tier.A, capacity), load.getValue()))
                .toList();
        String chosen = PodChoice.ranked(tenant, candidates, null, Set.of())
                .getFirst()
                .id()
                .value();
        loads.merge(chosen, 1, Integer::sum);
        return chosen;
    }
}
