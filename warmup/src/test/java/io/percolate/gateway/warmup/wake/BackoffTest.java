package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackoffTest {
    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(250), Duration.ofSeconds(30));

    @ParameterizedTest
    @CsvSource({
        "0, 250, 375",
        "1, 500, 750",
        "2, 1000, 1500",
        "4, 4000, 6000",
        "30, 20000, 30000",
        "2000000, 20000, 30000"
    })
    void doublesWithEachFailureUpToTheMaximum(int failures, long minMillis, long maxMillis) {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 100; i++) {
            assertThat(BACKOFF.after(failures, random))
                    .isBetween(Duration.ofMillis(minMillis), Duration.ofMillis(maxMillis));
        }
    }

    @Test
    void staysWithinEqualBounds() {
        Backoff fixed = new Backoff(Duration.ofMillis(5), Duration.ofMillis(5));

        assertThat(fixed.after(3, new SplittableRandom(1))).isEqualTo(Duration.ofMillis(5));
    }
}
