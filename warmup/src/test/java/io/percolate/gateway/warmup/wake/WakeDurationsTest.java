package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WakeDurationsTest {
    private final WakeDurations durations = new WakeDurations();

    @Test
    void isTwoSecondsBeforeAnyWake() {
        assertThat(durations.expected(Tier.A)).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void followsSlowWakesFastAndFastOnesSlowly() {
        durations.record(Tier.B, Duration.ofSeconds(10));
        assertThat(durations.expected(Tier.B)).isEqualTo(Duration.ofSeconds(6));

        durations.record(Tier.B, Duration.ofSeconds(1));
        assertThat(durations.expected(Tier.B)).isEqualTo(Duration.ofMillis(5_500));
        assertThat(durations.expected(Tier.A)).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void staysBetweenOneAndSixtySeconds() {
        for (int i = 0; i < 100; i++) {
            durations.record(Tier.A, Duration.ofMillis(3));
            durations.record(Tier.C, Duration.ofMinutes(10));
        }

        assertThat(durations.expected(Tier.A)).isEqualTo(Duration.ofSeconds(1));
        assertThat(durations.expected(Tier.C)).isEqualTo(Duration.ofSeconds(60));
    }
}
