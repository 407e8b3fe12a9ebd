package io.percolate.gateway.bench.jmh;

import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.topology.KeyHash;
import io.percolate.gateway.routing.topology.RendezvousTable;
import io.percolate.gateway.routing.topology.RendezvousTable.Node;
import io.percolate.gateway.routing.topology.ShardGroup;
import io.percolate.gateway.routing.topology.ShardId;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Which of 100 shards does a tenant belong to, or a key of 24 characters: what does finding out take? 100 ns are meant. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class ShardBenchmark {
    private static final int SHARDS = 100;
    private static final int TENANTS = 1_024;

    private final List<TenantId> tenants = Tenants.ids(TENANTS);
    private final RendezvousTable<ShardId> table = RendezvousTable.of(ShardGroup.SLOTS, nodes());
    private int next;

    private static List<Node<ShardId>> nodes() {
        return IntStream.range(0, SHARDS)
                .mapToObj(n -> new Node<>("shard-" + n, 1 + n % 3, new ShardId("shard-" + n)))
                .toList();
    }

    @Benchmark
    public ShardId ofTenant() {
        return Objects.requireNonNull(table.get(KeyHash.of(turn())));
    }

    @Benchmark
    public ShardId ofKey() {
        return Objects.requireNonNull(table.get(KeyHash.of(turn(), "orders:2026-11-21:000017")));
    }

    private TenantId turn() {
        next = next + 1 & TENANTS - 1;
        return tenants.get(next);
    }
}
