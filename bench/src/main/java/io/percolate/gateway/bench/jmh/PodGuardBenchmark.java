package io.percolate.gateway.bench.jmh;

import io.percolate.gateway.proxy.resilience.LoopResilience;
import io.percolate.gateway.proxy.resilience.PodGuards;
import io.percolate.gateway.proxy.resilience.PodShare;
import io.percolate.gateway.proxy.resilience.ResilienceConfig;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What does a request to a pod that is well cost: is it ejected, may it have more, how was it, and who pays for retries? */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class PodGuardBenchmark {
    private static final PodId POD = new PodId("pod-b-7");
    private static final List<TenantId> TENANTS = Tenants.ids(12);

    @Param({"false", "true"})
    public boolean adaptive;

    private PodGuards pods = guards(false);
    private LoopResilience loop = new LoopResilience(pods, true, 1, 0);
    private PodShare share = loop.share(Tier.B, new PodAddress("10.0.0.1", 8000), 0);
    private long nowNanos;
    private int next;

    @Setup
    public void prepare() {
        pods = guards(adaptive);
        loop = new LoopResilience(pods, true, 1, 0);
        share = loop.share(Tier.B, new PodAddress("10.0.0.1", 8000), 0);
    }

    private static PodGuards guards(boolean adaptive) {
        return new PodGuards(ResilienceConfig.read(
                new ConfigReader(ConfigSource.of(Map.of("GATEWAY_POD_CONCURRENCY", String.valueOf(adaptive))))));
    }

    /** All that a request's way to its pod and back has to do with it, in order. */
    @Benchmark
    public boolean guardedRequest() {
        nowNanos += 20_000;
        next = next + 1 == TENANTS.size() ? 0 : next + 1;
        share.guard().belongsTo(POD);
        if (share.guard().ejection(nowNanos) != null) {
            return false;
        }
        loop.sent(Tier.B);
        boolean entered = share.tryEnter(nowNanos);
        if (entered) {
            share.answering(TENANTS.get(next), 200, 900_000 + (nowNanos & 0xffff), nowNanos);
            loop.answered(Tier.B, 900_000);
            share.ended(200);
        }
        return entered;
    }

    /** Requests that are under way afterwards. */
    int left() {
        return pods.status().getFirst().open();
    }
}
