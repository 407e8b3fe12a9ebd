package io.percolate.gateway.bench.jmh;

import io.percolate.gateway.proxy.limit.LimitedRequest;
import io.percolate.gateway.proxy.limit.LimitsConfig;
import io.percolate.gateway.proxy.limit.TenantAllowance;
import io.percolate.gateway.proxy.limit.TenantLimiter;
import io.percolate.gateway.proxy.limit.TierLimits;
import io.percolate.gateway.proxy.usage.MonthlyUsage;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.quota.SharedQuotas;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

/**
 * What do the limits of a tenant take, from the look for its state to the end of its request: rate, requests at once,
 * month? And where two event loops have requests of the same tenant?
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class LimitBenchmark {
    static final int TENANTS = 1_000;
    /** So slow that a benchmark of any length stays below every limit. */
    private static final long STEP_NANOS = 1_000;

    private static final TierLimits LIMITS =
            new TierLimits(50_000_000, Integer.MAX_VALUE, Integer.MAX_VALUE - 1, 0, 0, 0, 0);
    private static final TierLimits WITH_MONTH =
            new TierLimits(50_000_000, Integer.MAX_VALUE, Integer.MAX_VALUE - 1, 0, 0, 0, Integer.MAX_VALUE);

    private final TenantLimiter limiter = new TenantLimiter(
            new LimitsConfig(
                    true,
                    Map.of(Tier.A, WITH_MONTH, Tier.B, LIMITS, Tier.C, LIMITS),
                    TENANTS,
                    LimitsConfig.Told.REFUSED,
                    LimitsConfig.MonthSpent.TOO_MANY_REQUESTS,
                    Duration.ofSeconds(1)),
            SharedQuotas.NONE,
            () -> 2,
            MonthlyUsage.ofThisProcess(TENANTS, Clock.systemUTC()));
    private final List<TenantRoute> routes =
            Tenants.ids(TENANTS).stream().map(id -> Tenants.route(id, Tier.B)).toList();
    private final List<TenantRoute> monthly =
            Tenants.ids(TENANTS).stream().map(id -> Tenants.route(id, Tier.A)).toList();
    private final TenantRoute same = Tenants.route(Tenants.ids(1).getFirst(), Tier.B);

    /** One event loop. */
    @State(Scope.Thread)
    public static class Loop implements LimitedRequest {
        private @Nullable TenantAllowance place;
        private long now = System.nanoTime();
        private int next;

        @Override
        public void admitted(TenantAllowance allowance) {
            place = allowance;
        }

        void over() {
            TenantAllowance left = place;
            if (left != null) {
                left.over();
            }
        }
    }

    @Benchmark
    public @Nullable Failure admitted(Loop loop) {
        loop.next = loop.next + 1 == TENANTS ? 0 : loop.next + 1;
        return enterAndLeave(loop, routes.get(loop.next));
    }

    @Benchmark
    public @Nullable Failure admittedAndCounted(Loop loop) {
        loop.next = loop.next + 1 == TENANTS ? 0 : loop.next + 1;
        return enterAndLeave(loop, monthly.get(loop.next));
    }

    /** Both threads' time for one of theirs. */
    @Benchmark
    @Threads(2)
    public @Nullable Failure sameTenantOnTwoLoops(Loop loop) {
        return enterAndLeave(loop, same);
    }

    private @Nullable Failure enterAndLeave(Loop loop, TenantRoute route) {
        loop.now += STEP_NANOS;
        Failure refusal = limiter.refusal(route, loop.now, loop);
        loop.over();
        return refusal;
    }

    boolean isCounted(TenantId tenant) {
        return limiter.use(tenant) != null;
    }

    TenantId first() {
        return routes.get(1).tenant();
    }
}
