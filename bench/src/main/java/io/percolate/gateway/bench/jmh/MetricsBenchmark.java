package io.percolate.gateway.bench.jmh;

import io.percolate.gateway.proxy.metrics.GatewayMetrics;
import io.percolate.gateway.proxy.metrics.RequestMetrics;
import io.percolate.gateway.proxy.metrics.TenantTraffic;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What does the record of a finished request take, in the registry that is scraped, and among the busiest tenants? */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class MetricsBenchmark {
    private static final int TENANTS = 1_000;
    private static final int SHOWN = 50;

    private final GatewayMetrics metrics = new GatewayMetrics();
    private final RequestMetrics requests = new RequestMetrics(metrics.registry());
    private final TenantTraffic traffic = new TenantTraffic(SHOWN, 1, System.nanoTime());
    private final List<TenantId> tenants = Tenants.ids(TENANTS);
    private final RequestTimeline timeline = new RequestTimeline();
    private int next;

    @Setup
    public void prepare() {
        timeline.startedNanos = 1_000_000;
        timeline.authenticatedNanos = 1_001_000;
        timeline.resolvedNanos = 1_001_500;
        timeline.forwardedNanos = 1_010_000;
        timeline.firstByteNanos = 1_200_000;
        timeline.completedNanos = 1_250_000;
        timeline.status = 200;
        timeline.tier = Tier.B;
        timeline.answeredBy = AnsweredBy.POD;
        timeline.responseBodyBytes = 200;
        timeline.complete = true;
    }

    @Benchmark
    public RequestTimeline requestMetrics() {
        requests.completed(timeline);
        return timeline;
    }

    @Benchmark
    public RequestTimeline tenantTraffic() {
        next = next + 1 == TENANTS ? 0 : next + 1;
        timeline.tenant = tenants.get(next);
        traffic.completed(timeline);
        return timeline;
    }

    String exposition() {
        return metrics.exposition(null).text();
    }

    List<TenantTraffic.Share> busiest() {
        return traffic.busiest(timeline.completedNanos);
    }
}
