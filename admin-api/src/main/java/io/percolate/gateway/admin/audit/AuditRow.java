package io.percolate.gateway.admin.audit;

import io.percolate.gateway.admin.http.Cursor;
import io.percolate.gateway.admin.http.Json;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One row of the audit log, as the API shows it. */
record AuditRow(
        UUID id,
        Instant createdAt,
        String action,
        @Nullable String actor,
        @Nullable UUID tenantId,
        @Nullable String resourceType,
        @Nullable UUID resourceId,
        @Nullable JsonNode metadata,
        @Nullable String ipAddress,
        @Nullable String userAgent) {

    static final String COLUMNS = "id, created_at, action, actor, tenant_id, resource_type, resource_id,"
            + " metadata::text AS metadata, host(ip_address) AS ip_address, user_agent";

    static AuditRow of(Readable row) {
        String metadata = row.get("metadata", String.class);
        return new AuditRow(
                Objects.requireNonNull(row.get("id", UUID.class)),
                Objects.requireNonNull(row.get("created_at", Instant.class)),
                Objects.requireNonNull(row.get("action", String.class)),
                row.get("actor", String.class),
                row.get("tenant_id", UUID.class),
                row.get("resource_type", String.class),
                row.get("resource_id", UUID.class),
                metadata == null ? null : Json.readText(metadata),
                row.get("ip_address", String.class),
                row.get("user_agent", String.class));
    }

    Cursor cursor() {
        return new Cursor(createdAt, id.toString());
    }
}
