package io.percolate.gateway.proxy.path;

import io.percolate.gateway.proxy.overload.OverloadConfig;
import io.percolate.gateway.proxy.overload.OverloadWatch;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What does letting a request in take: state of the process, size of the body? */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class AdmissionBenchmark {
    private static final List<TenantRoute> ROUTES =
            Stream.of(Tier.values()).map(AdmissionBenchmark::route).toList();

    private final Admission admission = new Admission(
            Map.of(Tier.A, 64L << 20, Tier.B, 16L << 20, Tier.C, 4L << 20),
            new OverloadWatch(OverloadConfig.read(new ConfigReader(ConfigSource.of(Map.of())))),
            null);
    private final StillExchange exchange = new StillExchange(65_536);
    private int next;

    @Benchmark
    public @Nullable Failure admit() {
        next = next + 1 == ROUTES.size() ? 0 : next + 1;
        return admission.refusal(exchange, ROUTES.get(next));
    }

    private static TenantRoute route(Tier tier) {
        return new TenantRoute(
                TenantId.of("6f1c4b1e-7f0a-4f0e-9d5a-0a53c3ab4a01"),
                tier,
                TenantStatus.ACTIVE,
                SecurityMode.NODE_BASED,
                Residency.COLD,
                null,
                1,
                "default",
                null,
                null,
                1);
    }

    long bodyBytesMax() {
        return exchange.bodyBytesMax();
    }
}
