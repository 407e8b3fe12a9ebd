package io.percolate.gateway.proxy.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.AsciiString;
import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Defaults and keys of deadlines, retries, ejection, health checks and limits of pods. */
class ResilienceConfigTest {
    private static ResilienceConfig read(Map<String, String> keys) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(keys));
        ResilienceConfig config = ResilienceConfig.read(reader);
        reader.finish();
        return config;
    }

    private static Duration seconds(int seconds) {
        return Duration.ofSeconds(seconds);
    }

    @Test
    void defaultsAreTheDocumentedOnes() {
        PodLimits.Bounds bounds = new PodLimits.Bounds(1_024, 2_048, 4_096);
        assertThat(read(Map.of()))
                .isEqualTo(new ResilienceConfig(
                        new DeadlineConfig(
                                Map.of(Tier.A, Duration.ZERO, Tier.B, Duration.ZERO, Tier.C, Duration.ZERO),
                                Duration.ofHours(1),
                                AsciiString.of("X-Request-Timeout-Ms")),
                        new RetryConfig(
                                3,
                                20,
                                10,
                                seconds(10),
                                Duration.ofMillis(25),
                                Duration.ofMillis(250),
                                64 << 20,
                                false,
                                Duration.ofMillis(10)),
                        new OutlierConfig(
                                5,
                                5,
                                5,
                                2,
                                seconds(10),
                                seconds(30),
                                seconds(300),
                                Map.of(Tier.A, 30, Tier.B, 30, Tier.C, 30),
                                50,
                                seconds(10),
                                5,
                                100,
                                190),
                        new HealthConfig(seconds(10), seconds(2), "/health", 3, 2),
                        new PodLimits(
                                Map.of(Tier.A, bounds, Tier.B, bounds, Tier.C, bounds),
                                false,
                                16,
                                1_024,
                                Duration.ofMinutes(1))));
    }

    @Test
    void everyKeyIsMapped() {
        Map<String, String> keys = new HashMap<>(Map.of(
                "GATEWAY_DEADLINE_TIER_A", "1s",
                "GATEWAY_DEADLINE_TIER_B", "2s",
                "GATEWAY_DEADLINE_TIER_C", "3s",
                "GATEWAY_DEADLINE_ASKED_MAX", "4s",
                "GATEWAY_DEADLINE_HEADER", "off"));
        keys.putAll(Map.of(
                "GATEWAY_RETRY_TRIES_MAX", "5",
                "GATEWAY_RETRY_BUDGET_PERCENT", "6",
                "GATEWAY_RETRY_BUDGET_MIN", "7",
                "GATEWAY_RETRY_BUDGET_WINDOW", "8s",
                "GATEWAY_RETRY_BACKOFF", "9ms",
                "GATEWAY_RETRY_BACKOFF_MAX", "10ms",
                "GATEWAY_RETRY_REPLAY_BYTES_MAX", "11",
                "GATEWAY_HEDGE", "true",
                "GATEWAY_HEDGE_AFTER_MIN", "12ms"));
        keys.putAll(Map.of(
                "GATEWAY_OUTLIER_CONSECUTIVE_5XX", "13",
                "GATEWAY_OUTLIER_CONSECUTIVE_GATEWAY", "14",
                "GATEWAY_OUTLIER_CONSECUTIVE_CONNECTS", "15",
                "GATEWAY_OUTLIER_TENANTS_MIN", "16",
                "GATEWAY_OUTLIER_INTERVAL", "17s",
                "GATEWAY_OUTLIER_EJECTION_TIME", "18s",
                "GATEWAY_OUTLIER_EJECTION_TIME_MAX", "19s",
                "GATEWAY_OUTLIER_EJECTED_PERCENT_TIER_A", "20",
                "GATEWAY_OUTLIER_EJECTED_PERCENT_TIER_B", "21",
                "GATEWAY_OUTLIER_EJECTED_PERCENT_TIER_C", "22"));
        keys.putAll(Map.of(
                "GATEWAY_OUTLIER_PANIC_PERCENT", "23",
                "GATEWAY_OUTLIER_REENTRY_TIME", "24s",
                "GATEWAY_OUTLIER_SUCCESS_RATE_PODS_MIN", "25",
                "GATEWAY_OUTLIER_SUCCESS_RATE_REQUESTS_MIN", "26",
                "GATEWAY_OUTLIER_SUCCESS_RATE_DEVIATION_PERCENT", "27",
                "GATEWAY_HEALTH_INTERVAL", "28s",
                "GATEWAY_HEALTH_TIMEOUT", "29s",
                "GATEWAY_HEALTH_PATH", "/well",
                "GATEWAY_HEALTH_UNHEALTHY_AFTER", "30",
                "GATEWAY_HEALTH_HEALTHY_AFTER", "31"));
        int next = 32;
        for (Tier tier : Tier.values()) {
            for (String bound : new String[] {"CONNECTIONS", "PENDING", "REQUESTS"}) {
                keys.put("GATEWAY_POD_" + bound + "_MAX_TIER_" + tier, String.valueOf(next++));
            }
        }
        keys.putAll(Map.of(
                "GATEWAY_POD_CONCURRENCY", "true",
                "GATEWAY_POD_CONCURRENCY_MIN", "41",
                "GATEWAY_POD_CONCURRENCY_MAX", "42",
                "GATEWAY_POD_CONCURRENCY_MEASURE_INTERVAL", "43s"));

        assertThat(read(keys))
                .isEqualTo(new ResilienceConfig(
                        new DeadlineConfig(
                                Map.of(Tier.A, seconds(1), Tier.B, seconds(2), Tier.C, seconds(3)), seconds(4), null),
                        new RetryConfig(
                                5,
                                6,
                                7,
                                seconds(8),
                                Duration.ofMillis(9),
                                Duration.ofMillis(10),
                                11,
                                true,
                                Duration.ofMillis(12)),
                        new OutlierConfig(
                                13,
                                14,
                                15,
                                16,
                                seconds(17),
                                seconds(18),
                                seconds(19),
                                Map.of(Tier.A, 20, Tier.B, 21, Tier.C, 22),
                                23,
                                seconds(24),
                                25,
                                26,
                                27),
                        new HealthConfig(seconds(28), seconds(29), "/well", 30, 31),
                        new PodLimits(
                                Map.of(
                                        Tier.A, new PodLimits.Bounds(32, 33, 34),
                                        Tier.B, new PodLimits.Bounds(35, 36, 37),
                                        Tier.C, new PodLimits.Bounds(38, 39, 40)),
                                true,
                                41,
                                42,
                                seconds(43))));
    }

    @Test
    void whatMakesNoSenseIsToldAtOnce() {
        assertThatThrownBy(() -> read(Map.of(
                        "GATEWAY_DEADLINE_HEADER", "no name",
                        "GATEWAY_HEALTH_PATH", "health",
                        "GATEWAY_POD_CONCURRENCY_MIN", "10",
                        "GATEWAY_POD_CONCURRENCY_MAX", "9")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("GATEWAY_DEADLINE_HEADER")
                .hasMessageContaining("GATEWAY_HEALTH_PATH")
                .hasMessageContaining("GATEWAY_POD_CONCURRENCY_MIN");
    }

    @Test
    void whatAProxyAsksForIsANumberOfMilliseconds() {
        DeadlineConfig config = read(Map.of("GATEWAY_DEADLINE_ASKED_MAX", "2s")).deadlines();
        assertThat(config.askedNanos("15")).isEqualTo(15_000_000);
        assertThat(config.askedNanos("0")).isZero();
        assertThat(config.askedNanos("999999999999999")).isEqualTo(2_000_000_000L);
        for (String odd : new String[] {"", "-1", "1.5", "1s", " 1", "9999999999999999"}) {
            assertThat(config.askedNanos(odd)).as(odd).isNegative();
        }
    }

    @Test
    void percentilesAreToldWithinAFifth() {
        LatencyHistogram histogram = new LatencyHistogram();
        for (int i = 1; i <= 1_000; i++) {
            histogram.record(i * 100_000L);
        }
        assertThat(histogram.percentile(0.5)).isBetween(42_000_000L, 58_000_000L);
        assertThat(histogram.percentile(0.95)).isBetween(78_000_000L, 112_000_000L);
        histogram.record(Long.MAX_VALUE);
        histogram.record(0);
        assertThat(histogram.percentile(1)).isPositive();
        histogram.fade();
        assertThat(histogram.count()).isLessThanOrEqualTo(501);
        histogram.clear();
        assertThat(histogram.percentile(0.5)).isZero();
    }
}
