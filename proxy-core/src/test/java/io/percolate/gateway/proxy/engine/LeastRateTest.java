package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Rates are of the time that the client is waited for, and of nothing else. */
class LeastRateTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final LeastRate rate = new LeastRate(100, 10 * SECOND, 0);

    @Test
    void whoGivesEnoughOverEachGraceIsNeverTooSlow() {
        for (int second = 0; second <= 100; second++) {
            assertThat(rate.isMissed(true, second * 100L, second * SECOND)).isFalse();
        }
    }

    @Test
    void whoGivesLessIsTooSlowOnceTheGraceIsOver() {
        for (int second = 0; second < 10; second++) {
            assertThat(rate.isMissed(true, second * 99L, second * SECOND)).isFalse();
        }
        assertThat(rate.isMissed(true, 990, 10 * SECOND)).isTrue();
    }

    @Test
    void aBurstAtTheBeginningDoesNotPayForWhatComesAfterwards() {
        assertThat(rate.isMissed(true, 1_000_000, 0)).isFalse();
        assertThat(rate.isMissed(true, 1_000_000, 10 * SECOND)).isFalse();
        assertThat(rate.isMissed(true, 1_000_000, 20 * SECOND)).isTrue();
    }

    @Test
    void timeInWhichOthersAreWaitedForDoesNotCount() {
        for (int second = 0; second < 1_000; second += 2) {
            assertThat(rate.isMissed(false, 0, second * SECOND)).isFalse();
            assertThat(rate.isMissed(true, 0, (second + 1) * SECOND)).isFalse();
        }
    }
}
