package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class WakePaceTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private final WakePace pace =
            new WakePace(Map.of(Tier.A, 10, Tier.B, 10, Tier.C, 2), Duration.ofSeconds(1), Long.MAX_VALUE - SECOND);
    private final long now = Long.MAX_VALUE - SECOND;

    @Test
    void aSecondsWorthBeginsAtOnceAndTheRestEvenly() {
        for (int i = 0; i < 2; i++) {
            assertThat(pace.turn(Tier.C, now)).hasValue(0);
        }

        assertThat(pace.turn(Tier.C, now)).hasValue(SECOND / 2);
        assertThat(pace.turn(Tier.C, now)).hasValue(SECOND);
        assertThat(pace.turn(Tier.C, now)).isEqualTo(OptionalLong.empty());
    }

    @Test
    void oneTierTakesNothingFromAnother() {
        while (pace.turn(Tier.C, now).isPresent()) {
            assertThat(pace.turn(Tier.A, now)).isPresent();
        }

        assertThat(pace.turn(Tier.B, now)).hasValue(0);
    }

    @Test
    void timeThatPassesGivesTurnsBackAcrossTheClocksOverflow() {
        while (pace.turn(Tier.C, now).isPresent()) {}

        // The monotonic clock may begin anywhere, and wraps around.
        assertThat(pace.turn(Tier.C, now + 3 * SECOND)).hasValue(0);
    }
}
