package io.percolate.gateway.admin.shard;

import io.percolate.gateway.admin.http.Cursor;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One shard, as the API shows it.
 *
 * @param tier whose tenants are spread over its group; null when no tier's are
 * @param generation of its group
 * @param readyPods of it
 * @param pinnedTenants that stay in it whatever the group's other shards are
 */
record ShardView(
        String id,
        String group,
        @Nullable String tier,
        long generation,
        double weight,
        String status,
        String region,
        long readyPods,
        long pinnedTenants,
        Instant createdAt) {

    static final String SELECT = """
            SELECT s.id, s.shard_group, g.tier, g.generation, s.weight, s.status, s.region, s.created_at,
                   (SELECT count(*) FROM pods p WHERE p.shard_id = s.id AND p.status = 'ready') AS ready_pods,
                   (SELECT count(*) FROM tenants t WHERE t.shard_id = s.id AND t.status <> 'deleted') AS pinned_tenants
            FROM shards s JOIN shard_groups g ON g.id = s.shard_group
            """;

    static ShardView of(Readable row) {
        return new ShardView(
                required(row, "id", String.class),
                required(row, "shard_group", String.class),
                row.get("tier", String.class),
                required(row, "generation", Long.class),
                required(row, "weight", Double.class),
                required(row, "status", String.class),
                required(row, "region", String.class),
                required(row, "ready_pods", Long.class),
                required(row, "pinned_tenants", Long.class),
                required(row, "created_at", Instant.class));
    }

    Cursor cursor() {
        return new Cursor(createdAt, id);
    }

    private static <T> T required(Readable row, String column, Class<T> type) {
        return Objects.requireNonNull(row.get(column, type), column);
    }
}
