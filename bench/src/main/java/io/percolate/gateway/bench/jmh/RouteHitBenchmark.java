package io.percolate.gateway.bench.jmh;

import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What does a route in memory take, by how many there are: asked for at random, so that large ones miss the caches? */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class RouteHitBenchmark {
    private static final int ASKED = 1 << 16;
    private static final long SEED = 7;

    @Param({"1000", "100000"})
    public int tenants = 1_000;

    private final TenantId[] asked = new TenantId[ASKED];
    private PostgresRouteDirectory directory = Tenants.directory(List.of());
    private int next;

    @Setup
    public void prepare() {
        List<TenantId> ids = Tenants.ids(tenants);
        directory = Tenants.directory(ids);
        Random random = new Random(SEED);
        for (int i = 0; i < ASKED; i++) {
            // As of a token: equal to the directory's own, not the same.
            asked[i] = new TenantId(ids.get(random.nextInt(tenants)).value());
        }
    }

    @Benchmark
    public RouteLookup routeHit() {
        next = next + 1 & ASKED - 1;
        return Objects.requireNonNull(directory.cached(asked[next]));
    }
}
