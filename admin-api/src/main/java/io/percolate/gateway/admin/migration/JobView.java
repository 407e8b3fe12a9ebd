package io.percolate.gateway.admin.migration;

import io.percolate.gateway.admin.http.Cursor;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One tenant's part of a migration, as the API shows it. */
record JobView(
        UUID id,
        @Nullable UUID migration,
        UUID tenant,
        String kind,
        String source,
        String target,
        String status,
        String step,
        int attempts,
        @Nullable String reason,
        @Nullable String note,
        @Nullable String fromPod,
        @Nullable String toPod,
        @Nullable Long epoch,
        @Nullable Long heldMs,
        @Nullable Instant retryAt,
        @Nullable Instant startedAt,
        @Nullable Instant completedAt,
        Instant createdAt) {

    static final String SELECT = """
            SELECT j.id, j.migration_id, j.tenant_id, j.kind, j.source, j.target, j.status, j.step, j.attempts, j.reason,
                j.error_message, j.from_pod, j.to_pod, j.epoch, j.held_ms, j.retry_at, j.started_at, j.completed_at,
                j.created_at
            FROM migration_jobs j""";

    static JobView of(Readable row) {
        return new JobView(
                required(row, "id", UUID.class),
                row.get("migration_id", UUID.class),
                required(row, "tenant_id", UUID.class),
                required(row, "kind", String.class),
                required(row, "source", String.class),
                required(row, "target", String.class),
                required(row, "status", String.class),
                required(row, "step", String.class),
                required(row, "attempts", Integer.class),
                row.get("reason", String.class),
                row.get("error_message", String.class),
                row.get("from_pod", String.class),
                row.get("to_pod", String.class),
                row.get("epoch", Long.class),
                row.get("held_ms", Long.class),
                row.get("retry_at", Instant.class),
                row.get("started_at", Instant.class),
                row.get("completed_at", Instant.class),
                required(row, "created_at", Instant.class));
    }

    Cursor cursor() {
        return new Cursor(createdAt, id.toString());
    }

    private static <T> T required(Readable row, String column, Class<T> type) {
        return Objects.requireNonNull(row.get(column, type), column);
    }
}
