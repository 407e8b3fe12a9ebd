package io.percolate.gateway.proxy.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.proxy.limit.Limiters.Client;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.quota.SharedQuotas;
import io.percolate.gateway.routing.tenant.PlanLimits;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TenantLimiterTest {
    private static final UUID TENANT = UUID.fromString("6f1c4b1e-7f0a-4f0e-9d5a-0a53c3ab4a01");
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    private long now = System.nanoTime();

    private static TenantLimiter limiter(String... settings) {
        return Limiters.of(SharedQuotas.NONE, () -> 1, settings);
    }

    private int sent(Client client, TenantRoute route, int requests) {
        int let = 0;
        for (int i = 0; i < requests; i++) {
            let += client.sends(route, now) ? 1 : 0;
        }
        return let;
    }

    @Test
    void pinsTheDefaults() {
        LimitsConfig config = Limiters.config();

        assertThat(config)
                .isEqualTo(new LimitsConfig(
                        true,
                        Map.of(
                                Tier.A, new TierLimits(10_000, 0, 10_000, 0, 0, 0, 0),
                                Tier.B, new TierLimits(2_000, 0, 2_000, 0, 0, 0, 0),
                                Tier.C, new TierLimits(500, 0, 500, 0, 0, 0, 0)),
                        200_000,
                        LimitsConfig.Told.REFUSED,
                        LimitsConfig.MonthSpent.TOO_MANY_REQUESTS,
                        Duration.ofSeconds(2)));
    }

    @Test
    void mapsTheKeys() {
        LimitsConfig config = Limiters.config(
                "ENABLED", "false",
                "REQUESTS_PER_SECOND_TIER_B", "1",
                "BURST_TIER_B", "2",
                "CONCURRENT_REQUESTS_TIER_B", "3",
                "CONNECTIONS_PER_SECOND_TIER_B", "4",
                "BANDWIDTH_TIER_B", "5",
                "WEBSOCKETS_MAX_TIER_B", "6",
                "REQUESTS_PER_MONTH_TIER_B", "7",
                "TENANTS_MAX", "8",
                "TOLD", "always",
                "MONTH_SPENT", "payment_required",
                "USAGE_INTERVAL", "9s");

        assertThat(config.enabled()).isFalse();
        assertThat(config.of(Tier.B)).isEqualTo(new TierLimits(1, 2, 3, 4, 5, 6, 7));
        assertThat(config.tenantsMax()).isEqualTo(8);
        assertThat(config.told()).isEqualTo(LimitsConfig.Told.ALWAYS);
        assertThat(config.monthSpent()).isEqualTo(LimitsConfig.MonthSpent.PAYMENT_REQUIRED);
        assertThat(config.usageInterval()).isEqualTo(Duration.ofSeconds(9));
    }

    @Test
    void aRateHasABurstAndFillsUpAgain() {
        Client client = new Client(limiter("REQUESTS_PER_SECOND_TIER_B", "10", "BURST_TIER_B", "5"));
        TenantRoute route = Limiters.route(TENANT, PlanLimits.NONE);

        assertThat(sent(client, route, 20)).isEqualTo(5);
        now += SECOND / 10;
        assertThat(sent(client, route, 20)).isEqualTo(1);
        now += SECOND / 5 - 1;
        assertThat(sent(client, route, 20)).isEqualTo(1);
        now += MINUTE;
        assertThat(sent(client, route, 20)).isEqualTo(5);
    }

    @Test
    void whatIsRefusedSaysWhyAndWhenToTryAgain() {
        Client client = new Client(limiter("REQUESTS_PER_SECOND_TIER_B", "2", "BURST_TIER_B", "1"));
        TenantRoute route = Limiters.route(TENANT, PlanLimits.NONE);
        client.sends(route, now);

        Failure refusal = Objects.requireNonNull(client.begin(route, now + SECOND / 4));

        assertThat(refusal.kind()).isEqualTo(FailureKind.TENANT_RATE_EXCEEDED);
        assertThat(refusal.retryAfter()).isEqualTo(Duration.ofMillis(250));
        assertThat(refusal.fields())
                .containsEntry(
                        "RateLimit-Policy", "\"requests\";q=1;w=1, \"concurrent\";q=2000;qu=\"concurrent-requests\"")
                .containsEntry("RateLimit", "\"requests\";r=0;t=1");
    }

    @Test
    void aPlanStandsInForItsTierFromTheNextRequestOn() {
        TenantLimiter limiter = limiter("REQUESTS_PER_SECOND_TIER_B", "1", "BURST_TIER_B", "1");
        Client client = new Client(limiter);
        assertThat(sent(client, Limiters.route(TENANT, PlanLimits.NONE), 5)).isEqualTo(1);
        now += SECOND;

        assertThat(sent(client, Limiters.route(TENANT, Limiters.rate(100, 50)), 60))
                .isEqualTo(50);
        now += MINUTE;
        assertThat(sent(client, Limiters.route(TENANT, PlanLimits.NONE), 5)).isEqualTo(1);
        assertThat(limiter.explain(Limiters.route(TENANT, Limiters.rate(100, 50))))
                .containsEntry("requests_per_second", new LimitView(100, "plan"))
                .containsEntry("concurrent_requests", new LimitView(2_000, "tier"));
    }

    @Test
    void gatewaysThatCannotAgreeHaveTheirPartsOfARateAndOfRequestsAtOnce() {
        AtomicInteger gateways = new AtomicInteger(4);
        Client client = new Client(Limiters.of(
                SharedQuotas.NONE,
                gateways::get,
                "REQUESTS_PER_SECOND_TIER_B",
                "100",
                "BURST_TIER_B",
                "40",
                "CONCURRENT_REQUESTS_TIER_B",
                "8"));
        TenantRoute route = Limiters.route(TENANT, PlanLimits.NONE);

        assertThat(sent(client, route, 100)).isEqualTo(10);
        now += SECOND / 5;
        assertThat(sent(client, route, 100)).isEqualTo(5);
        now += MINUTE;
        assertThat(client.begin(route, now)).isNull();
        assertThat(client.begin(route, now)).isNull();
        assertThat(Objects.requireNonNull(client.begin(route, now)).kind())
                .isEqualTo(FailureKind.TENANT_CONCURRENCY_EXCEEDED);
        gateways.set(2);
        assertThat(client.begin(route, now)).isNull();
    }

    @Test
    void newConnectionsHaveARateOfTheirOwn() {
        TenantLimiter limiter = limiter("CONNECTIONS_PER_SECOND_TIER_B", "5");
        Client opening = new Client(limiter, true);
        TenantRoute route = Limiters.route(TENANT, PlanLimits.NONE);

        assertThat(sent(opening, route, 30)).isEqualTo(10);
        assertThat(sent(new Client(limiter), route, 30)).isEqualTo(30);
        assertThat(Objects.requireNonNull(opening.begin(route, now)).kind())
                .isEqualTo(FailureKind.TENANT_CONNECTION_RATE_EXCEEDED);
    }

    @Test
    void aSpentMonthIsRefusedAsConfiguredAndUsesUpNothingElse() {
        Client client = new Client(limiter("REQUESTS_PER_MONTH_TIER_B", "3", "MONTH_SPENT", "payment_required"));
        TenantRoute route = Limiters.route(TENANT, PlanLimits.NONE);

        assertThat(sent(client, route, 10)).isEqualTo(3);
        Failure refusal = Objects.requireNonNull(client.begin(route, now));
        assertThat(refusal.kind()).isEqualTo(FailureKind.TENANT_MONTH_UNPAID);
        assertThat(refusal.fields().get("RateLimit")).startsWith("\"month\";r=0;t=");
        // A plan may have none at all.
        PlanLimits none = new PlanLimits(null, null, null, null, null, null, 0L);
        assertThat(sent(client, Limiters.route(new UUID(1, 1), none), 3)).isZero();
        assertThat(Objects.requireNonNull(client.limiterUse(route)).running()).isZero();
    }

    @Test
    void statesOfIdleTenantsGoAndNothingIsForgivenByThat() {
        TenantLimiter limiter = limiter("REQUESTS_PER_SECOND_TIER_B", "1", "BURST_TIER_B", "120", "TENANTS_MAX", "100");
        Client client = new Client(limiter);
        TenantRoute busy = Limiters.route(TENANT, PlanLimits.NONE);
        TenantRoute holding = Limiters.route(new UUID(1, 1), PlanLimits.NONE);
        assertThat(sent(client, busy, 500)).isEqualTo(120);
        Client held = new Client(limiter);
        assertThat(held.begin(holding, now)).isNull();

        now += MINUTE;
        limiter.sweep(now);
        assertThat(limiter.tenants()).isEqualTo(2);
        now += MINUTE;
        limiter.sweep(now);
        assertThat(limiter.tenants()).isEqualTo(1);
        held.end();
        now += MINUTE;
        limiter.sweep(now);
        assertThat(limiter.tenants()).isZero();
        assertThat(sent(client, busy, 500)).isEqualTo(120);
    }

    @Test
    void amongAMillionTenantsAtOnceMemoryIsBoundedAndNoneGetsMoreThanItsLimit() {
        TenantLimiter limiter = limiter("REQUESTS_PER_SECOND_TIER_B", "1", "BURST_TIER_B", "1", "TENANTS_MAX", "1000");
        Client client = new Client(limiter);
        int let = 0;
        for (int i = 0; i < 1_000_000; i++) {
            let += client.sends(Limiters.route(new UUID(i * 0x9E3779B97F4A7C15L, i), PlanLimits.NONE), now) ? 1 : 0;
        }

        assertThat(limiter.tenants()).isEqualTo(1_000);
        // Those that share a state have one limit together.
        assertThat(let).isBetween(2_000, 1_000 + 4_096);
        assertThat(limiter.meters().sharedCount()).isEqualTo(999_000);
    }
}
