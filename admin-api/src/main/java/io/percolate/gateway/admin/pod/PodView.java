package io.percolate.gateway.admin.pod;

import io.percolate.gateway.admin.http.Cursor;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One pod and its load, as the API shows it.
 *
 * @param capacity hot tenants at most
 * @param lost whether it neither beat nor answered when it was asked
 * @param alive whether its last heartbeat is young; a pod that is not alive gets no tenants
 */
record PodView(
        String id,
        String tier,
        String status,
        boolean alive,
        boolean lost,
        String address,
        String region,
        @Nullable String shardId,
        @Nullable String versionLabel,
        int capacity,
        long hotTenants,
        long warmTenants,
        @Nullable Integer memoryMb,
        long heartbeatAgeMs,
        Instant heartbeatAt,
        Instant registeredAt) {

    static final String SELECT = """
            SELECT p.id, p.tier, p.status, p.host, p.port, p.region, p.shard_id, p.version_label, p.capacity,
                p.memory_mb, p.lost_at IS NOT NULL AS lost, p.heartbeat_at, p.registered_at,
                (EXTRACT(EPOCH FROM now() - p.heartbeat_at) * 1000)::bigint AS heartbeat_age_millis,
                (SELECT count(*) FROM tenant_states s WHERE s.pod_id = p.id AND s.state = 'hot') AS hot_tenants,
                (SELECT count(*) FROM tenant_states s WHERE s.pod_id = p.id AND s.state = 'warm') AS warm_tenants
            FROM pods p""";

    static PodView of(Readable row, Duration heartbeatAgeMax) {
        long heartbeatAgeMillis = required(row, "heartbeat_age_millis", Long.class);
        return new PodView(
                required(row, "id", String.class),
                required(row, "tier", String.class),
                required(row, "status", String.class),
                heartbeatAgeMillis <= heartbeatAgeMax.toMillis(),
                required(row, "lost", Boolean.class),
                new PodAddress(required(row, "host", String.class), required(row, "port", Integer.class)).toString(),
                required(row, "region", String.class),
                row.get("shard_id", String.class),
                row.get("version_label", String.class),
                required(row, "capacity", Integer.class),
                required(row, "hot_tenants", Long.class),
                required(row, "warm_tenants", Long.class),
                row.get("memory_mb", Integer.class),
                heartbeatAgeMillis,
                required(row, "heartbeat_at", Instant.class),
                required(row, "registered_at", Instant.class));
    }

    Cursor cursor() {
        return new Cursor(registeredAt, id);
    }

    private static <T> T required(Readable row, String column, Class<T> type) {
        return Objects.requireNonNull(row.get(column, type), column);
    }
}
