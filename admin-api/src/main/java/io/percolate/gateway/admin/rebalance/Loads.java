package io.percolate.gateway.admin.rebalance;

import io.percolate.gateway.admin.rebalance.PodLoad.Group;
import io.percolate.gateway.admin.rebalance.PodLoad.HotTenant;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Reads how the pods are loaded now. */
final class Loads {
    private static final String PODS = """
            SELECT p.id, p.tier, p.region, p.shard_id, p.capacity,
                (SELECT count(*) FROM tenant_states s WHERE s.pod_id = p.id AND (s.state = 'hot'
                    OR s.wake_lease_until > clock_timestamp() AND (s.wake_epoch = s.epoch OR s.state = 'moving')))::int AS taken
            FROM pods p
            WHERE p.status = 'ready' AND p.lost_at IS NULL AND p.tier = ANY($1)
              AND p.heartbeat_at > clock_timestamp() - $2 * interval '1 millisecond'
            ORDER BY p.id LIMIT 2000
            """;

    private static final String TENANTS = """
            SELECT s.tenant_id, s.pod_id, COALESCE(s.memory_mb, 0) AS memory_mb, COALESCE(s.data_size_mb, 0) AS data_mb,
                s.last_access_at > clock_timestamp() - interval '5 minutes' AS active,
                (s.wake_lease_until IS NULL OR s.wake_lease_until <= clock_timestamp())
                    AND s.updated_at <= clock_timestamp() - $2 * interval '1 millisecond'
                    AND t.tier = p.tier AND t.region = p.region
                    AND NOT EXISTS (SELECT 1 FROM migration_jobs j WHERE j.tenant_id = s.tenant_id
                        AND j.status IN ('pending', 'running', 'paused')) AS movable
            FROM tenant_states s JOIN tenants t ON t.id = s.tenant_id JOIN pods p ON p.id = s.pod_id
            WHERE s.state = 'hot' AND p.tier = ANY($1) LIMIT 200000
            """;

    private Loads() {}

    private record Seated(String pod, HotTenant tenant) {}

    private record Place(PodId id, Group group, int capacity, int taken) {}

    static Mono<List<PodLoad>> read(Statements statements, Set<Tier> tiers, Duration heartbeatMax, Duration settle) {
        String[] names = tiers.stream().map(Tier::name).toArray(String[]::new);
        return statements
                .query(PODS, Loads::place, names, heartbeatMax.toMillis())
                .flatMap(pods -> statements
                        .query(TENANTS, Loads::seated, names, settle.toMillis())
                        .map(tenants -> together(pods, tenants)));
    }

    private static List<PodLoad> together(List<Place> pods, List<Seated> tenants) {
        Map<String, List<HotTenant>> byPod = tenants.stream()
                .collect(Collectors.groupingBy(
                        Seated::pod, Collectors.mapping(Seated::tenant, Collectors.<HotTenant>toList())));
        return pods.stream()
                .map(pod -> new PodLoad(
                        pod.id(),
                        pod.group(),
                        pod.capacity(),
                        pod.taken(),
                        byPod.getOrDefault(pod.id().value(), List.of())))
                .toList();
    }

    private static Place place(Readable row) {
        return new Place(
                new PodId(required(row, "id", String.class)),
                new Group(
                        Tier.valueOf(required(row, "tier", String.class)),
                        required(row, "region", String.class),
                        shard(row)),
                required(row, "capacity", Integer.class),
                required(row, "taken", Integer.class));
    }

    private static @Nullable String shard(Readable row) {
        return row.get("shard_id", String.class);
    }

    private static Seated seated(Readable row) {
        return new Seated(
                required(row, "pod_id", String.class),
                new HotTenant(
                        new TenantId(required(row, "tenant_id", UUID.class)),
                        required(row, "memory_mb", Integer.class),
                        required(row, "data_mb", Integer.class),
                        Boolean.TRUE.equals(row.get("active", Boolean.class)),
                        Boolean.TRUE.equals(row.get("movable", Boolean.class))));
    }

    private static <T> T required(Readable row, String column, Class<T> type) {
        return Objects.requireNonNull(row.get(column, type), column);
    }
}
