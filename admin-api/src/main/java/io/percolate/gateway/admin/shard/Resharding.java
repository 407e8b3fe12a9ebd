package io.percolate.gateway.admin.shard;

import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.topology.KeyHash;
import io.percolate.gateway.routing.topology.RendezvousTable;
import io.percolate.gateway.routing.topology.RendezvousTable.Node;
import io.percolate.gateway.routing.topology.ShardGroup;
import io.percolate.gateway.routing.topology.ShardId;
import io.r2dbc.spi.Readable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What moves when the active shards of a group become others: of all keys, and of the tenants there are.
 *
 * <p>Collects while tenants go by, page by page; not safe for use by several threads at once.
 */
final class Resharding {
    private static final int PAGE_ROWS = 5_000;
    private static final int EXAMPLES_MAX = 20;
    private static final UUID LOWEST = new UUID(0, 0);
    private static final String NOWHERE = "none";

    private final @Nullable Tier tier;
    private final RendezvousTable<ShardId> before;
    private final RendezvousTable<ShardId> after;
    private final Map<String, Long> ways = new TreeMap<>();
    private final List<Example> examples = new ArrayList<>();
    private final List<Hot> hot = new ArrayList<>();
    private long tenants;
    private long pinned;
    private long moving;
    private long hotMoving;

    /** A tenant whose home becomes another. */
    record Example(String tenant, String from, String to) {}

    /** How many go from one shard to another. */
    record Way(String from, String to, long tenants) {}

    /** A tenant in the memory of a pod outside its home. */
    private record Hot(UUID tenant, String from, String to) {}

    /**
     * The plan, as the API shows it.
     *
     * @param keyShare of all keys that there may be, whatever they name
     * @param moving tenants whose home becomes another
     * @param hotMoving of these, those that a pod outside their new home has in memory: they are moved by jobs
     * @param pinned tenants that stay where they are pinned
     */
    record Plan(
            String group,
            @Nullable String tier,
            long generation,
            double keyShare,
            long tenants,
            long moving,
            double share,
            long hotMoving,
            long pinned,
            List<Way> ways,
            List<Example> examples) {}

    Resharding(@Nullable Tier tier, List<Node<ShardId>> before, List<Node<ShardId>> after) {
        this.tier = tier;
        this.before = RendezvousTable.of(ShardGroup.SLOTS, before);
        this.after = RendezvousTable.of(ShardGroup.SLOTS, after);
    }

    /** Looks at every tenant of the group's tier; at none when it has no tier. */
    Mono<Resharding> run(Statements statements) {
        return tier == null
                ? Mono.just(this)
                : page(statements, LOWEST)
                        .expand(page -> page.size() < PAGE_ROWS
                                ? Mono.empty()
                                : page(statements, page.getLast().id()))
                        .doOnNext(page -> page.forEach(this::take))
                        .then(Mono.just(this));
    }

    Plan plan(String group, long generation) {
        List<Way> all = ways.entrySet().stream()
                .map(way -> {
                    int arrow = way.getKey().indexOf(' ');
                    return new Way(
                            way.getKey().substring(0, arrow), way.getKey().substring(arrow + 1), way.getValue());
                })
                .toList();
        return new Plan(
                group,
                tier == null ? null : tier.name(),
                generation,
                keyShare(),
                tenants,
                moving,
                tenants == 0 ? 0 : (double) moving / tenants,
                hotMoving,
                pinned,
                all,
                List.copyOf(examples));
    }

    /** Writes down that each tenant which is hot outside its new home is to be moved there; how many. */
    Mono<Long> writeJobs(Statements transaction) {
        if (hot.isEmpty()) {
            return Mono.just(0L);
        }
        return transaction.update(
                """
                INSERT INTO migration_jobs (tenant_id, kind, source, target)
                SELECT tenant, 'shard', source, target
                FROM unnest($1::uuid[], $2::text[], $3::text[]) AS moves(tenant, source, target)
                ON CONFLICT DO NOTHING
                """,
                hot.stream().map(Hot::tenant).toArray(UUID[]::new),
                hot.stream().map(Hot::from).toArray(String[]::new),
                hot.stream().map(Hot::to).toArray(String[]::new));
    }

    private double keyShare() {
        long moved = 0;
        for (int slot = 0; slot < ShardGroup.SLOTS; slot++) {
            if (!Objects.equals(before.get(slot), after.get(slot))) {
                moved++;
            }
        }
        return (double) moved / ShardGroup.SLOTS;
    }

    private void take(Row row) {
        tenants++;
        if (row.pin() != null) {
            pinned++;
            return;
        }
        long hash = KeyHash.of(new TenantId(row.id()));
        String from = name(before.get(hash));
        String to = name(after.get(hash));
        boolean moves = !from.equals(to);
        if (moves) {
            moving++;
            ways.merge(from + " " + to, 1L, Long::sum);
            if (examples.size() < EXAMPLES_MAX) {
                examples.add(new Example(row.id().toString(), from, to));
            }
        }
        if (row.hot() && !to.equals(row.podShard()) && !to.equals(NOWHERE)) {
            hotMoving += moves ? 1 : 0;
            hot.add(new Hot(row.id(), Objects.requireNonNullElse(row.podShard(), NOWHERE), to));
        }
    }

    private static String name(@Nullable ShardId shard) {
        return shard == null ? NOWHERE : shard.value();
    }

    private Mono<List<Row>> page(Statements statements, UUID after) {
        return statements.query(
                """
                SELECT t.id, t.shard_id AS pin, s.state = 'hot' AS hot, p.shard_id AS pod_shard
                FROM tenants t JOIN tenant_states s ON s.tenant_id = t.id
                LEFT JOIN pods p ON p.id = s.pod_id AND s.state = 'hot'
                WHERE t.tier = $1 AND t.status = 'active' AND t.id > $2
                ORDER BY t.id LIMIT\s""" + PAGE_ROWS, Row::of, Objects.requireNonNull(tier).name(), after);
    }

    private record Row(
            UUID id,
            @Nullable String pin,
            boolean hot,
            @Nullable String podShard) {
        static Row of(Readable row) {
            return new Row(
                    Objects.requireNonNull(row.get("id", UUID.class)),
                    row.get("pin", String.class),
                    Objects.requireNonNull(row.get("hot", Boolean.class)),
                    row.get("pod_shard", String.class));
        }
    }
}
