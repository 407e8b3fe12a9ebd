package io.percolate.gateway.bench.jmh;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.percolate.gateway.proxy.noise.TenantShares;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.tenant.TenantId;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every request of a known tenant does allocates nothing. Counted, not timed. */
class AllocationIT {
    private static final int WARMUP = 30_000;
    private static final int CALLS = 100_000;
    private static final int ATTEMPTS_MAX = 5;
    /** A whole object in each call would be sixteen times that. */
    private static final double BYTES_EACH_MAX = 1.0;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** The fewest bytes of several attempts: what a cache does now and then, or the compiler, is no part of a call. */
    private static double bytesEach(Runnable call) {
        for (int i = 0; i < WARMUP; i++) {
            call.run();
        }
        double fewest = Double.MAX_VALUE;
        for (int attempt = 0; attempt < ATTEMPTS_MAX && fewest > BYTES_EACH_MAX; attempt++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                call.run();
            }
            fewest = Math.min(fewest, (THREADS.getCurrentThreadAllocatedBytes() - before) / (double) CALLS);
        }
        return fewest;
    }

    @Test
    void theCountSeesAnObjectInEachCall() {
        byte[][] kept = new byte[1][];

        assertThat(bytesEach(() -> kept[0] = new byte[16])).isGreaterThan(16);
    }

    @Test
    void aCachedResolveAllocatesNothing() {
        ResolveBenchmark benchmark = new ResolveBenchmark();
        benchmark.prepare();

        assertThat(bytesEach(benchmark::tokenHit)).isLessThan(BYTES_EACH_MAX);
        assertThat(bytesEach(benchmark::cachedResolve)).isLessThan(BYTES_EACH_MAX);
    }

    @Test
    void aRouteHitAllocatesNothing() {
        RouteHitBenchmark benchmark = new RouteHitBenchmark();
        benchmark.tenants = 10_000;
        benchmark.prepare();

        assertThat(bytesEach(benchmark::routeHit)).isLessThan(BYTES_EACH_MAX);
    }

    @Test
    void theLimitsOfAKnownTenantAllocateNothing() {
        LimitBenchmark benchmark = new LimitBenchmark();
        LimitBenchmark.Loop loop = new LimitBenchmark.Loop();

        assertThat(bytesEach(() -> benchmark.admitted(loop))).isLessThan(BYTES_EACH_MAX);
        assertThat(bytesEach(() -> benchmark.admittedAndCounted(loop))).isLessThan(BYTES_EACH_MAX);
    }

    @Test
    void countingWhatATenantTakesAllocatesNothing() {
        TenantShares shares = new TenantShares(20, 1, 0);
        RequestTimeline timeline = new RequestTimeline();
        List<TenantId> tenants = Tenants.ids(1_000);
        int[] next = {0};
        timeline.status = 500;
        timeline.responseBodyBytes = 200;
        timeline.completedNanos = 1_000_000;

        assertThat(bytesEach(() -> {
                    timeline.tenant = tenants.get(next[0]++ % tenants.size());
                    shares.completed(timeline);
                }))
                .isLessThan(BYTES_EACH_MAX);
    }

    @Test
    void findingAShardOfAHundredAllocatesNothing() {
        ShardBenchmark benchmark = new ShardBenchmark();

        assertThat(bytesEach(benchmark::ofKey)).isLessThan(BYTES_EACH_MAX);
    }

    @Test
    void scoringAHundredPodsAllocatesNothing() {
        HashingBenchmark benchmark = new HashingBenchmark();

        assertThat(bytesEach(benchmark::best)).isLessThan(BYTES_EACH_MAX);
    }
}
