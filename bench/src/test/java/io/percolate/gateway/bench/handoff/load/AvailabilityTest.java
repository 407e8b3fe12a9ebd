package io.percolate.gateway.bench.handoff.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.bench.handoff.load.Tally.Timing;
import java.util.List;
import org.junit.jupiter.api.Test;

class AvailabilityTest {
    private static final long SECOND = 1_000_000_000L;

    private static Timing answer(int tenant, String gateway, long beganSecond, long endedSecond) {
        return new Timing(tenant, gateway, beganSecond * SECOND, endedSecond * SECOND);
    }

    private final Availability availability = new Availability(List.of(
            answer(0, "one", 1, 2),
            answer(0, "one", 18, 19),
            answer(0, "one", 3, 4),
            answer(0, "other", 3, 18),
            answer(1, "one", 5, 6)));

    @Test
    void aTimeWithoutAnAnswerIsFoundAlsoWhereItLastsToTheEnd() {
        assertThat(availability.longestGaps("one"::equals, 3 * SECOND, 20 * SECOND))
                .containsExactlyInAnyOrder(15.0, 14.0);
        assertThat(availability.longestGaps("one"::equals, 3 * SECOND, 10 * SECOND))
                .containsExactlyInAnyOrder(6.0, 4.0);
        assertThat(availability.longestGaps("other"::equals, 3 * SECOND, 18 * SECOND))
                .containsExactly(15.0);
    }

    @Test
    void onlyRequestsThatBeganAfterwardsAreFirstAnswers() {
        assertThat(availability.firstAnswers("one"::equals, 4 * SECOND)).containsExactlyInAnyOrder(15.0, 2.0);
        assertThat(availability.firstAnswers("other"::equals, 4 * SECOND)).containsExactly(Double.POSITIVE_INFINITY);
    }
}
