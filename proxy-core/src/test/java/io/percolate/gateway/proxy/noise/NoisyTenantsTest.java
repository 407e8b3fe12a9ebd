package io.percolate.gateway.proxy.noise;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.proxy.limit.LimitsConfig;
import io.percolate.gateway.proxy.limit.TenantAllowance;
import io.percolate.gateway.proxy.limit.TenantLimiter;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.proxy.usage.MonthlyUsage;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.quota.SharedQuotas;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NoisyTenantsTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final TenantId LOUD = tenant(1);

    private final ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of(
            "GATEWAY_NOISY_THROTTLE", "true", "GATEWAY_NOISY_RATE_MIN", "5", "GATEWAY_NOISY_THROTTLE_TIME", "30s")));
    private final TenantShares shares = new TenantShares(3, 2, 0);
    private final TenantLimiter limits = new TenantLimiter(
            LimitsConfig.read(reader),
            SharedQuotas.NONE,
            () -> 1,
            MonthlyUsage.ofThisProcess(1_000, Clock.systemUTC()));
    private final AtomicBoolean waiting = new AtomicBoolean(true);
    private final NoisyTenants noisy = new NoisyTenants(NoiseConfig.read(reader), shares, limits, waiting::get);
    private long nowNanos;

    private static TenantId tenant(int number) {
        return new TenantId(new UUID(0, number));
    }

    private void seen(TenantId tenant, int requests, int millis, int status, int bytes) {
        for (int i = 0; i < requests; i++) {
            RequestTimeline timeline = new RequestTimeline();
            timeline.tenant = tenant;
            timeline.status = status;
            timeline.startedNanos = 1;
            timeline.firstByteNanos = 1 + TimeUnit.MILLISECONDS.toNanos(millis);
            timeline.responseBodyBytes = bytes;
            shares.completed(timeline);
        }
    }

    private @Nullable Failure ask(TenantId tenant) {
        TenantRoute route = new TenantRoute(
                tenant,
                Tier.C,
                TenantStatus.ACTIVE,
                SecurityMode.NODE_BASED,
                Residency.COLD,
                null,
                1,
                "default",
                null,
                null,
                1);
        return limits.refusal(route, nowNanos, TenantAllowance::over);
    }

    private int admitted(TenantId tenant, int requests) {
        int admitted = 0;
        for (int i = 0; i < requests; i++) {
            admitted += ask(tenant) == null ? 1 : 0;
        }
        return admitted;
    }

    @Test
    void theTenantsWithMostOfEachAreNamedWithTheirParts() {
        seen(LOUD, 60, 1, 200, 0);
        seen(tenant(2), 30, 10, 500, 0);
        seen(tenant(3), 9, 0, 200, 1_000);
        seen(tenant(4), 1, 0, 200, 9_000);

        TopTenants top = shares.turn(2 * SECOND);

        assertThat(top.window()).isEqualTo(Duration.ofSeconds(2));
        assertThat(top.of(TenantMeasure.REQUESTS))
                .containsExactly(
                        new TopTenants.Share(LOUD, 60, 0.6),
                        new TopTenants.Share(tenant(2), 30, 0.3),
                        new TopTenants.Share(tenant(3), 9, 0.09));
        assertThat(top.of(TenantMeasure.ERRORS)).containsExactly(new TopTenants.Share(tenant(2), 30, 1));
        assertThat(top.of(TenantMeasure.LATENCY).getFirst().tenant()).isEqualTo(tenant(2));
        assertThat(top.of(TenantMeasure.BYTES))
                .containsExactly(
                        new TopTenants.Share(tenant(3), 9_000, 0.5), new TopTenants.Share(tenant(4), 9_000, 0.5));
        assertThat(shares.turn(3 * SECOND).of(TenantMeasure.REQUESTS))
                .as("windows, not totals")
                .isEmpty();
    }

    @Test
    void aTenantThatTakesMoreThanItMayIsLeftAsMuchAsTheOthersHaveForAWhile() {
        assertThat(admitted(LOUD, 1)).isEqualTo(1);
        seen(LOUD, 1_000, 1, 200, 0);
        seen(tenant(2), 60, 1, 200, 0);
        seen(tenant(3), 40, 1, 200, 0);
        nowNanos = 5 * SECOND;
        noisy.turn(nowNanos);

        // 100 requests of the others in five seconds.
        assertThat(admitted(LOUD, 200)).isEqualTo(20);
        assertThat(ask(LOUD)).extracting(Failure::kind).isEqualTo(FailureKind.TENANT_RATE_EXCEEDED);
        assertThat(admitted(tenant(2), 60)).isEqualTo(60);
        nowNanos += 30 * SECOND;
        assertThat(admitted(LOUD, 200)).isEqualTo(200);
    }

    @Test
    void nobodyIsSlowedDownWhileNobodyWaitsNorWhoIsAlone() {
        admitted(LOUD, 1);
        seen(LOUD, 1_000, 1, 200, 0);
        seen(tenant(2), 10, 1, 200, 0);
        waiting.set(false);
        noisy.turn(5 * SECOND);
        assertThat(admitted(LOUD, 200)).isEqualTo(200);

        seen(LOUD, 1_000, 1, 200, 0);
        waiting.set(true);
        noisy.turn(10 * SECOND);
        assertThat(admitted(LOUD, 200)).isEqualTo(200);
    }

    @Test
    void defaultsAreTheDocumentedOnesAndEveryKeyIsMapped() {
        assertThat(NoiseConfig.read(new ConfigReader(ConfigSource.of(Map.of()))))
                .isEqualTo(new NoiseConfig(Duration.ofSeconds(5), false, 50, 50, Duration.ofSeconds(30)));
        ConfigReader set = new ConfigReader(ConfigSource.of(Map.of(
                "GATEWAY_NOISY_WINDOW", "2s",
                "GATEWAY_NOISY_THROTTLE", "true",
                "GATEWAY_NOISY_SHARE", "20",
                "GATEWAY_NOISY_RATE_MIN", "7",
                "GATEWAY_NOISY_THROTTLE_TIME", "1m")));
        assertThat(NoiseConfig.read(set))
                .isEqualTo(new NoiseConfig(Duration.ofSeconds(2), true, 20, 7, Duration.ofMinutes(1)));
        set.finish();
    }
}
