package io.percolate.gateway.admin.migration;

import io.percolate.gateway.admin.http.Label;
import io.percolate.gateway.admin.http.PageRequest;
import io.percolate.gateway.admin.http.Problem;
import io.percolate.gateway.admin.http.ProblemKind;
import io.percolate.gateway.admin.http.Selection;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The SQL of migrations; each call is one statement in the caller's connection or transaction. */
public final class MigrationRows {
    private static final String INSERT = """
            INSERT INTO migrations (kind, target, pod_id, note, requested_by, concurrency_max, start_interval_ms,
                hold_max_ms, next_start_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp())
            RETURNING id
            """;

    /** A drain ends when its pod is empty, which is looked at elsewhere. */
    private static final String END = """
            UPDATE migrations m SET completed_at = clock_timestamp(), status = CASE
                WHEN EXISTS (SELECT 1 FROM migration_jobs j WHERE j.migration_id = m.id AND j.status = 'failed')
                THEN 'failed' ELSE 'completed' END
            WHERE m.id = $1 AND m.status IN ('running', 'paused') AND m.kind <> 'drain'
              AND NOT EXISTS (SELECT 1 FROM migration_jobs j WHERE j.migration_id = m.id
                  AND j.status IN ('pending', 'running', 'paused'))
            """;

    private MigrationRows() {}

    public static Mono<UUID> insert(
            Statements transaction,
            MigrationKind kind,
            String target,
            @Nullable String pod,
            Pace pace,
            @Nullable String note,
            @Nullable String requestedBy) {
        return transaction
                .query(
                        INSERT,
                        row -> Objects.requireNonNull(row.get("id", UUID.class)),
                        Label.of(kind),
                        target,
                        Statements.nullable(pod, String.class),
                        Statements.nullable(note, String.class),
                        Statements.nullable(requestedBy, String.class),
                        pace.concurrent(),
                        pace.startIntervalMillis(),
                        pace.hold().toMillis())
                .map(List::getFirst);
    }

    /** One job a tenant that is selected and that no other migration is moving; how many. */
    static Mono<Long> insertJobs(Statements transaction, UUID migration, MigrationDraft draft, int tenantsMax) {
        String source = switch (draft.kind()) {
            case TIER -> "t.tier";
            case POD, DRAIN, REBALANCE -> "COALESCE(s.pod_id, '')";
            case SHARD -> "COALESCE(t.shard_id, '')";
            case REGION -> "t.region";
        };
        Selection selection = selection(draft);
        String sql = "INSERT INTO migration_jobs (migration_id, tenant_id, kind, source, target, reason) SELECT '"
                + migration + "', t.id, '" + Label.of(draft.kind().ofJobs()) + "', " + source
                + ", m.target, 'ordered' FROM tenants t JOIN tenant_states s ON s.tenant_id = t.id"
                + " JOIN migrations m ON m.id = '" + migration + "'" + selection.sql() + " ORDER BY t.id LIMIT "
                + tenantsMax + " ON CONFLICT (tenant_id) WHERE status IN ('pending', 'running', 'paused') DO NOTHING";
        return transaction.update(sql, selection.binds());
    }

    /** How many tenants the draft speaks of. */
    static Mono<Long> count(Statements transaction, MigrationDraft draft, int tenantsMax) {
        Selection selection = selection(draft);
        return transaction
                .query(
                        "SELECT count(*) AS tenants FROM (SELECT 1 FROM tenants t JOIN tenant_states s ON s.tenant_id = t.id"
                                + selection.sql() + " LIMIT " + (tenantsMax + 1) + ") found",
                        row -> Objects.requireNonNull(row.get("tenants", Long.class)),
                        selection.binds())
                .map(List::getFirst);
    }

    private static Selection selection(MigrationDraft draft) {
        Selection selection = new Selection();
        selection.where("t.status = ?", "active");
        if (!draft.tenants().isEmpty()) {
            selection.where("t.id = ANY(?)", (Object)
                    draft.tenants().stream().map(TenantId::value).toArray(UUID[]::new));
        }
        if (draft.tier() != null) {
            selection.where("t.tier = ?", draft.tier().name());
        }
        if (draft.pod() != null) {
            selection.where("s.pod_id = ?", draft.pod());
        }
        if (draft.hotOnly()) {
            selection.where("s.state IN ('hot', 'moving')");
        }
        return selection;
    }

    static Mono<Void> skipped(Statements transaction, UUID migration, long tenants) {
        return transaction
                .update("UPDATE migrations SET skipped = $2 WHERE id = $1", migration, (int) tenants)
                .then(end(transaction, migration));
    }

    /** Ends the migration if it has no open job. */
    public static Mono<Void> end(Statements transaction, UUID migration) {
        return transaction.update(END, migration).then();
    }

    static Mono<MigrationView> find(Statements statements, UUID id) {
        return statements
                .queryFirst(MigrationView.SELECT + " WHERE m.id = $1", MigrationView::of, id)
                .map(found ->
                        found.orElseThrow(() -> Problem.of(ProblemKind.MIGRATION_UNKNOWN, "there is no migration " + id)
                                .toException()));
    }

    static Mono<List<MigrationView>> list(Statements statements, Selection filter, PageRequest page) {
        page.after()
                .ifPresent(cursor -> filter.where("(m.created_at, m.id) > (?, ?)", cursor.createdAt(), cursor.uuid()));
        return statements.query(
                MigrationView.SELECT + filter.sql() + " ORDER BY m.created_at, m.id LIMIT " + (page.limit() + 1),
                MigrationView::of,
                filter.binds());
    }

    static Mono<List<JobView>> jobs(Statements statements, Selection filter, PageRequest page) {
        page.after()
                .ifPresent(cursor -> filter.where("(j.created_at, j.id) > (?, ?)", cursor.createdAt(), cursor.uuid()));
        return statements.query(
                JobView.SELECT + filter.sql() + " ORDER BY j.created_at, j.id LIMIT " + (page.limit() + 1),
                JobView::of,
                filter.binds());
    }

    static Mono<Long> pause(Statements transaction, UUID id) {
        return transaction.update("UPDATE migrations SET status = 'paused' WHERE id = $1 AND status = 'running'", id);
    }

    static Mono<Long> resume(Statements transaction, UUID id) {
        return transaction.update("""
                UPDATE migrations SET status = 'running', next_start_at = GREATEST(next_start_at, clock_timestamp())
                WHERE id = $1 AND status = 'paused'
                """, id);
    }

    /** Jobs that have not begun are canceled with it; workers end the rest, undoing what has to be. */
    public static Mono<Long> cancel(Statements transaction, UUID id) {
        return transaction
                .update("""
                        UPDATE migrations SET status = 'canceled', completed_at = clock_timestamp()
                        WHERE id = $1 AND status IN ('running', 'paused')
                        """, id)
                .flatMap(rows -> transaction
                        .update("""
                                UPDATE migration_jobs SET status = 'canceled', step = 'done',
                                    completed_at = clock_timestamp(), version = version + 1
                                WHERE migration_id = $1 AND status IN ('pending', 'paused') AND step = 'start' AND $2 > 0
                                """, id, rows)
                        .then(transaction.update(
                                "UPDATE migration_jobs SET retry_at = NULL WHERE migration_id = $1 AND status = 'pending'"
                                        + " AND $2 > 0",
                                id,
                                rows))
                        .thenReturn(rows));
    }
}
