package io.percolate.gateway.bench.jmh;

import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.placement.Candidate;
import io.percolate.gateway.warmup.placement.PodChoice;
import io.percolate.gateway.warmup.placement.Rendezvous;
import io.percolate.gateway.warmup.pod.PodRow;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What does weighted rendezvous hashing over 100 pods take: the best pod's score, and the ranking that a wake asks for? */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class HashingBenchmark {
    private static final int PODS = 100;
    private static final int TENANTS = 1_024;

    private final List<TenantId> tenants = Tenants.ids(TENANTS);
    private final List<Candidate> pods = IntStream.range(0, PODS)
            .mapToObj(n -> new Candidate(
                    new PodRow(
                            new PodId("tier-b-pod-" + n),
                            Tier.B,
                            new PodAddress("10.0.0." + n, 8_000),
                            "eu-central",
                            PodRow.Status.READY,
                            Tier.B.hotTenantsPerPod(),
                            Duration.ofSeconds(1)),
                    n % Tier.B.hotTenantsPerPod()))
            .toList();
    private int next;

    @Benchmark
    public PodId best() {
        TenantId tenant = turn();
        Candidate best = pods.getFirst();
        double most = -1;
        for (int i = 0; i < PODS; i++) {
            Candidate pod = pods.get(i);
            double score = Rendezvous.score(tenant, pod.id(), pod.freeShare());
            if (score > most) {
                most = score;
                best = pod;
            }
        }
        return best.id();
    }

    @Benchmark
    public List<Candidate> ranked() {
        return PodChoice.ranked(turn(), pods, null, Set.of());
    }

    private TenantId turn() {
        next = next + 1 & TENANTS - 1;
        return tenants.get(next);
    }
}
