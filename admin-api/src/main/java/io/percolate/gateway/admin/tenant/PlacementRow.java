package io.percolate.gateway.admin.tenant;

import io.percolate.gateway.admin.http.Label;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A tenant's route as the database has it now, with what wakes and pods have left there. */
record PlacementRow(
        TenantRoute route,
        @Nullable Duration heartbeatAge,
        @Nullable Instant wakeLeaseUntil,
        int wakeFailures,
        @Nullable Instant wakeRetryAt,
        @Nullable String wakeError) {

    static final String SQL = """
            SELECT t.id, t.tier, t.status, t.security_mode, t.region, t.shard_id, t.schema_name,
                s.state, s.epoch, s.version, s.wake_failures, s.wake_retry_at, s.wake_error,
                CASE WHEN s.wake_lease_until > now() THEN s.wake_lease_until END AS wake_lease_until,
                p.id AS pod, p.tier AS pod_tier, p.host, p.port,
                (EXTRACT(EPOCH FROM now() - p.heartbeat_at) * 1000)::bigint AS heartbeat_age_millis
            FROM tenants t JOIN tenant_states s ON s.tenant_id = t.id LEFT JOIN pods p ON p.id = s.pod_id
            WHERE t.id = $1
            """;

    static PlacementRow of(Readable row) {
        long epoch = required(row, "epoch", Long.class);
        String pod = row.get("pod", String.class);
        // A wake that chose a pod has raised the epoch; a warm tenant from before epochs has none to show.
        Placement placement = pod == null || epoch < 1
                ? null
                : new Placement(
                        new PodId(pod),
                        choice(row, "pod_tier", Tier.class),
                        new PodAddress(required(row, "host", String.class), required(row, "port", Integer.class)),
                        epoch);
        Long heartbeatAgeMillis = row.get("heartbeat_age_millis", Long.class);
        return new PlacementRow(
                new TenantRoute(
                        new TenantId(required(row, "id", UUID.class)),
                        choice(row, "tier", Tier.class),
                        choice(row, "status", TenantStatus.class),
                        choice(row, "security_mode", SecurityMode.class),
                        choice(row, "state", Residency.class),
                        placement,
                        epoch,
                        required(row, "region", String.class),
                        row.get("schema_name", String.class),
                        row.get("shard_id", String.class),
                        required(row, "version", Long.class)),
                heartbeatAgeMillis == null ? null : Duration.ofMillis(heartbeatAgeMillis),
                row.get("wake_lease_until", Instant.class),
                required(row, "wake_failures", Integer.class),
                row.get("wake_retry_at", Instant.class),
                row.get("wake_error", String.class));
    }

    private static <T> T required(Readable row, String column, Class<T> type) {
        return Objects.requireNonNull(row.get(column, type), column);
    }

    private static <E extends Enum<E>> E choice(Readable row, String column, Class<E> type) {
        return Label.parse(type, required(row, column, String.class)).orElseThrow();
    }
}
