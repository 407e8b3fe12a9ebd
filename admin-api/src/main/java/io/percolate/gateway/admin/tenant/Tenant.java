package io.percolate.gateway.admin.tenant;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.percolate.gateway.admin.http.Cursor;
import io.percolate.gateway.admin.http.Label;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One tenant, as the API shows it: its settings, and where it lives.
 *
 * @param pod the pod that hosts it, keeps its disk, or was chosen by a wake
 * @param version of its route; grows with every change that gateways are told of
 */
record Tenant(
        UUID id,
        String email,
        @JsonUnwrapped TenantSettings settings,
        @Nullable String schemaName,
        Residency residency,
        @Nullable String pod,
        long epoch,
        long version,
        @Nullable Integer memoryMb,
        @Nullable Integer dataSizeMb,
        Instant lastAccessAt,
        @Nullable Instant lastEvictionAt,
        Instant createdAt,
        Instant updatedAt) {

    static final String SELECT =
            "SELECT t.id, t.email, t.name, t.tier, t.status, t.security_mode, t.region, t.shard_id,"
                    + " t.schema_name, t.created_at, t.updated_at, s.state, s.pod_id, s.epoch, s.version, s.memory_mb,"
                    + " s.data_size_mb, s.last_access_at, s.last_eviction_at, " + TenantLimits.COLUMNS
                    + " FROM tenants t JOIN tenant_states s ON s.tenant_id = t.id"
                    + " LEFT JOIN tenant_limits l ON l.tenant_id = t.id";

    static Tenant of(Readable row) {
        return new Tenant(
                required(row, "id", UUID.class),
                required(row, "email", String.class),
                new TenantSettings(
                        row.get("name", String.class),
                        choice(row, "tier", Tier.class),
                        choice(row, "status", TenantStatus.class),
                        choice(row, "security_mode", SecurityMode.class),
                        required(row, "region", String.class),
                        row.get("shard_id", String.class),
                        TenantLimits.of(row)),
                row.get("schema_name", String.class),
                choice(row, "state", Residency.class),
                row.get("pod_id", String.class),
                required(row, "epoch", Long.class),
                required(row, "version", Long.class),
                row.get("memory_mb", Integer.class),
                row.get("data_size_mb", Integer.class),
                required(row, "last_access_at", Instant.class),
                row.get("last_eviction_at", Instant.class),
                required(row, "created_at", Instant.class),
                required(row, "updated_at", Instant.class));
    }

    /** Whether there is something to hand over to another pod. */
    boolean isInMemory() {
        return switch (residency) {
            case HOT, MOVING -> true;
            case WARM, COLD, ARCHIVED -> false;
        };
    }

    Cursor cursor() {
        return new Cursor(createdAt, id.toString());
    }

    private static <T> T required(Readable row, String column, Class<T> type) {
        return Objects.requireNonNull(row.get(column, type), column);
    }

    private static <E extends Enum<E>> E choice(Readable row, String column, Class<E> type) {
        String label = required(row, column, String.class);
        return Label.parse(type, label)
                .orElseThrow(() -> new IllegalStateException("column " + column + " holds an unknown '" + label + "'"));
    }
}
