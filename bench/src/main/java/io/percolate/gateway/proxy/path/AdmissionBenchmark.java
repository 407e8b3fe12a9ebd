package io.percolate.gateway.proxy.path;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What does letting a request in take: load of the process, size of the body? */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class AdmissionBenchmark {
    private static final Tier[] TIERS = Tier.values();

    private final Admission admission =
            new Admission(Map.of(Tier.A, 64L << 20, Tier.B, 16L << 20, Tier.C, 4L << 20), 10_000);
    private final StillExchange exchange = new StillExchange(65_536, 64);
    private int next;

    @Benchmark
    public @Nullable Failure admit() {
        next = next + 1 == TIERS.length ? 0 : next + 1;
        return admission.refusal(exchange, TIERS[next]);
    }

    long bodyBytesMax() {
        return exchange.bodyBytesMax();
    }
}
