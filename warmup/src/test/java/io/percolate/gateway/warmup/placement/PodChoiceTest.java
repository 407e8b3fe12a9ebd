package io.percolate.gateway.warmup.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

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
    void tenantsSpreadByFreeShare() {
        long toTheEmpty = IntStream.range(0, 9_000)
                .mapToObj(i -> new TenantId(new UUID(i, ~i)))
                .filter(tenant -> PodChoice.ranked(tenant, List.of(EMPTY, NEARLY_FULL), null, Set.of())
                        .getFirst()
                        .equals(EMPTY))
                .count();

        // 8 places free against 1: eight ninths.
        assertThat(toTheEmpty).isBetween(7_800L, 8_200L);
    }
}
