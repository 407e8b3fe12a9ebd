package io.percolate.gateway.admin.migration;

import io.percolate.gateway.admin.http.Cursor;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One migration and how far it is, as the API shows it.
 *
 * @param skipped tenants that were selected and not taken, since another migration was moving them
 */
public record MigrationView(
        UUID id,
        String kind,
        String target,
        @Nullable String pod,
        String status,
        long jobs,
        long pending,
        long running,
        long completed,
        long failed,
        long canceled,
        int skipped,
        int concurrent,
        @Nullable Long perHour,
        long holdMs,
        @Nullable String note,
        @Nullable String requestedBy,
        Instant createdAt,
        @Nullable Instant completedAt) {

    public static final String SELECT = """
            SELECT m.id, m.kind, m.target, m.pod_id, m.status, m.skipped, m.concurrency_max, m.start_interval_ms,
                m.hold_max_ms, m.note, m.requested_by, m.created_at, m.completed_at,
                c.jobs, c.pending, c.running, c.completed, c.failed, c.canceled
            FROM migrations m CROSS JOIN LATERAL (
                SELECT count(*) AS jobs,
                    count(*) FILTER (WHERE j.status IN ('pending', 'paused')) AS pending,
                    count(*) FILTER (WHERE j.status = 'running') AS running,
                    count(*) FILTER (WHERE j.status = 'completed') AS completed,
                    count(*) FILTER (WHERE j.status = 'failed') AS failed,
                    count(*) FILTER (WHERE j.status = 'canceled') AS canceled
                FROM migration_jobs j WHERE j.migration_id = m.id) c
            """;

    private static final long HOUR_MILLIS = 3_600_000;

    public static MigrationView of(Readable row) {
        long interval = required(row, "start_interval_ms", Long.class);
        return new MigrationView(
                required(row, "id", UUID.class),
                required(row, "kind", String.class),
                required(row, "target", String.class),
                row.get("pod_id", String.class),
                required(row, "status", String.class),
                required(row, "jobs", Long.class),
                required(row, "pending", Long.class),
                required(row, "running", Long.class),
                required(row, "completed", Long.class),
                required(row, "failed", Long.class),
                required(row, "canceled", Long.class),
                required(row, "skipped", Integer.class),
                required(row, "concurrency_max", Integer.class),
                interval == 0 ? null : Long.valueOf(HOUR_MILLIS / interval),
                required(row, "hold_max_ms", Long.class),
                row.get("note", String.class),
                row.get("requested_by", String.class),
                required(row, "created_at", Instant.class),
                row.get("completed_at", Instant.class));
    }

    Cursor cursor() {
        return new Cursor(createdAt, id.toString());
    }

    private static <T> T required(Readable row, String column, Class<T> type) {
        return Objects.requireNonNull(row.get(column, type), column);
    }
}
