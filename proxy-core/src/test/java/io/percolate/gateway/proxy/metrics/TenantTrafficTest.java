package io.percolate.gateway.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.proxy.record.Timelines;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TenantTrafficTest {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    @Test
    void listsTheBusiestFirstAndNoMoreThanWanted() {
        TenantTraffic traffic = new TenantTraffic(2, 1, 0);
        see(traffic, 1, 5, 10);
        see(traffic, 2, 50, 10);
        see(traffic, 3, 20, 10);

        assertThat(traffic.busiest(20))
                .containsExactly(new TenantTraffic.Share(tenant(2), 50), new TenantTraffic.Share(tenant(3), 20));
    }

    @Test
    void speaksOfTheLastWholeMinuteOnceThereIsOne() {
        TenantTraffic traffic = new TenantTraffic(5, 1, 0);
        see(traffic, 1, 3, 10);
        see(traffic, 2, 7, MINUTE + 10);

        assertThat(traffic.busiest(MINUTE + 20)).containsExactly(new TenantTraffic.Share(tenant(1), 3));
        assertThat(traffic.busiest(2 * MINUTE + 20)).containsExactly(new TenantTraffic.Share(tenant(2), 7));
    }

    @Test
    void forgetsWhoHasGoneQuiet() {
        TenantTraffic traffic = new TenantTraffic(5, 1, 0);
        see(traffic, 1, 3, 10);

        assertThat(traffic.busiest(10 * MINUTE)).isEmpty();
    }

    @Test
    void addsUpWhatSeveralEventLoopsSaw() throws InterruptedException {
        TenantTraffic traffic = new TenantTraffic(5, 8, 0);
        Thread[] loops = new Thread[8];
        for (int i = 0; i < loops.length; i++) {
            loops[i] = Thread.ofPlatform().start(() -> see(traffic, 1, 1_000, 10));
        }
        for (Thread loop : loops) {
            loop.join();
        }

        assertThat(traffic.busiest(20)).containsExactly(new TenantTraffic.Share(tenant(1), 8_000));
    }

    @Test
    void makesAtMostAsManySeriesAsWantedHoweverManyTenantsThereAre() {
        GatewayMetrics metrics = new GatewayMetrics();
        TenantTraffic traffic = new TenantTraffic(3, 2, System.nanoTime());
        metrics.show(traffic);
        for (int i = 0; i < 1_000; i++) {
            see(traffic, i, 1, System.nanoTime());
        }

        assertThat(metrics.exposition(null)
                        .text()
                        .lines()
                        .filter(line -> line.startsWith("router_tenant_requests{tenant=")))
                .hasSize(3);
        metrics.close();
    }

    @Test
    void countsNobodyWhenNoneAreWanted() {
        TenantTraffic traffic = new TenantTraffic(0, 1, 0);
        see(traffic, 1, 3, 10);

        assertThat(traffic.busiest(20)).isEmpty();
    }

    private static void see(TenantTraffic traffic, int tenant, int times, long nanos) {
        RequestTimeline timeline = Timelines.answeredByPod();
        timeline.tenant = tenant(tenant);
        timeline.completedNanos = nanos;
        for (int i = 0; i < times; i++) {
            traffic.completed(timeline);
        }
    }

    private static TenantId tenant(int number) {
        return new TenantId(new UUID(0, number));
    }
}
