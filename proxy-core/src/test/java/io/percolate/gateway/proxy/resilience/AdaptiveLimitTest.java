package io.percolate.gateway.proxy.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The limit follows what the pod can do at once, told by its latency. */
class AdaptiveLimitTest {
    private static final long WINDOW = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long SERVICE = TimeUnit.MILLISECONDS.toNanos(10);
    private static final Duration MEASURE = Duration.ofSeconds(10);

    private long nowNanos = 17;

    private AdaptiveLimit limit(boolean adaptive) {
        return new AdaptiveLimit(new PodLimits(Map.of(), adaptive, 4, 1_000, MEASURE), nowNanos);
    }

    /** A pod that does so many at once and lets the rest queue, with as many let in as may be, of those who want to. */
    private void run(AdaptiveLimit limit, int windows, int able, int wanted) {
        for (int i = 0; i < windows; i++) {
            int inside = Math.min(wanted, limit.limit());
            limit.observe(SERVICE * Math.max(1, inside / able), inside, nowNanos);
            nowNanos += WINDOW;
        }
    }

    @Test
    void aPodThatKeepsUpIsGivenMore() {
        AdaptiveLimit limit = limit(true);
        run(limit, 400, 5_000, 5_000);
        assertThat(limit.limit()).isEqualTo(1_000);

        int least = 1_000;
        for (int i = 0; i < 150; i++) {
            run(limit, 1, 5_000, 5_000);
            least = Math.min(least, limit.limit());
        }
        // A measurement was in between, for which less was let in.
        assertThat(least).isEqualTo(250);
        assertThat(limit.limit()).isEqualTo(1_000);
    }

    @Test
    void whatQueuesInThePodIsLetInNoMore() {
        AdaptiveLimit limit = limit(true);
        run(limit, 1, 20, 10);
        run(limit, 300, 20, 10_000);
        assertThat(limit.limit()).isBetween(20, 80);
    }

    @Test
    void aPodThatHasLittleToDoKeepsItsLimitHoweverSlowItIs() {
        AdaptiveLimit limit = limit(true);
        int before = limit.limit();
        run(limit, 1, 20, 10);
        for (int i = 0; i < 50; i++) {
            limit.observe(100 * SERVICE, before / 4, nowNanos);
            nowNanos += WINDOW;
        }
        assertThat(limit.limit()).isEqualTo(before);
    }

    @Test
    void theLatencyAtRestIsMeasuredAnewWithLessLetIn() {
        AdaptiveLimit limit = limit(true);
        run(limit, 1, 100, 10);
        assertThat(limit.baselineNanos()).isEqualTo(SERVICE);

        // From here on the work itself takes four times as long, which looks like a queue until it is measured.
        long four = 4 * SERVICE;
        for (; limit.baselineNanos() < four; nowNanos += WINDOW) {
            limit.observe(four, limit.limit(), nowNanos);
        }
        int before = limit.limit();
        for (int i = 0; i < 50; i++, nowNanos += WINDOW) {
            limit.observe(four, limit.limit(), nowNanos);
        }
        assertThat(before).isLessThan(10);
        assertThat(limit.limit()).isGreaterThan(2 * before);
    }

    @Test
    void switchedOffItLetsAllIn() {
        AdaptiveLimit limit = limit(false);
        assertThat(limit.limit()).isEqualTo(Integer.MAX_VALUE);
    }
}
