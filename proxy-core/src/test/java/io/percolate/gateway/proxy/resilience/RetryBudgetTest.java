package io.percolate.gateway.proxy.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Retries are a share of the requests of a window. */
class RetryBudgetTest {
    private static final long START = -5_000;

    private static RetryBudget budget(int percent, int min) {
        return new RetryBudget(percent, min, Duration.ofSeconds(10), START);
    }

    private static int granted(RetryBudget budget) {
        int granted = 0;
        while (budget.tryRetry()) {
            granted++;
        }
        return granted;
    }

    @Test
    void aFewAreFreeAndTheRestIsAShareOfTheRequests() {
        RetryBudget budget = budget(20, 3);
        assertThat(granted(budget)).isEqualTo(3);
        for (int i = 0; i < 100; i++) {
            budget.request();
        }
        assertThat(granted(budget)).isEqualTo(17);
        assertThat(granted(budget(0, 0))).isZero();
    }

    @Test
    void whatTheWindowHasLeftBehindCountsNoMore() {
        RetryBudget budget = budget(50, 0);
        for (int i = 0; i < 10; i++) {
            budget.request();
        }
        assertThat(granted(budget)).isEqualTo(5);
        budget.advance(START + TimeUnit.SECONDS.toNanos(5));
        budget.request();
        budget.request();
        assertThat(budget.requestsInWindow()).isEqualTo(12);
        budget.advance(START + TimeUnit.SECONDS.toNanos(10));
        assertThat(budget.requestsInWindow()).isEqualTo(2);
        assertThat(budget.retriesInWindow()).isZero();
        budget.advance(START + TimeUnit.HOURS.toNanos(1));
        assertThat(budget.requestsInWindow()).isZero();
        budget.request();
        budget.advance(START + TimeUnit.HOURS.toNanos(1) + 1);
        assertThat(budget.requestsInWindow()).isEqualTo(1);
    }

    @Test
    void pausesGrowUpToTheirBoundAndAreSpread() {
        RetryConfig config = new RetryConfig(
                3,
                20,
                10,
                Duration.ofSeconds(10),
                Duration.ofNanos(100),
                Duration.ofNanos(300),
                0,
                false,
                Duration.ofMillis(10));
        assertThat(config.pauseNanos(1, -1)).isBetween(0L, 100L);
        long longest = 0;
        for (long random = 0; random < 10_000; random++) {
            assertThat(config.pauseNanos(2, random << 1)).isBetween(0L, 200L);
            longest = Math.max(longest, config.pauseNanos(40, random << 1));
        }
        assertThat(longest).isEqualTo(300);
    }
}
