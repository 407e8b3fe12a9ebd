package io.percolate.gateway.bench.jmh;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What does it take to know who asks and where they live, from a token as a request brings it: a text of its own, whose
 * hash nobody has computed yet?
 *
 * <p>Such texts are made anew before each invocation, a thousand at once, and not timed; but counted as allocated.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class ResolveFreshBenchmark {
    final ResolveBenchmark texts = new ResolveBenchmark();

    @Setup
    public void prepare() {
        texts.prepare();
    }

    @Setup(Level.Invocation)
    public void decode() {
        texts.decode();
    }

    @Benchmark
    @OperationsPerInvocation(ResolveBenchmark.TENANTS)
    public long cachedResolve() {
        return texts.resolveFresh();
    }
}
