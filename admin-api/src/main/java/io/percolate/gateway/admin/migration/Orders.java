package io.percolate.gateway.admin.migration;

import io.percolate.gateway.admin.audit.AuditAction;
import io.percolate.gateway.admin.audit.AuditLog;
import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.List;
import java.util.UUID;
import reactor.core.publisher.Mono;

/** Migrations whose tenants and pods have been chosen one by one. */
public final class Orders {
    private static final String JOBS = """
            INSERT INTO migration_jobs (migration_id, tenant_id, kind, source, target, reason)
            SELECT $1, o.tenant_id, 'pod', o.source, o.target, left(o.reason, 200)
            FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS o(tenant_id, source, target, reason)
            ON CONFLICT (tenant_id) WHERE status IN ('pending', 'running', 'paused') DO NOTHING
            """;

    /** The hourly bound holds across one migration and the next. */
    private static final String AFTER_THE_LAST = """
            UPDATE migrations m SET next_start_at = GREATEST(m.next_start_at, (
                SELECT max(j.started_at) FROM migration_jobs j JOIN migrations o ON o.id = j.migration_id
                WHERE o.kind = 'rebalance' AND j.started_at > clock_timestamp() - interval '1 hour')
                + m.start_interval_ms * interval '1 millisecond')
            WHERE m.id = $1
            """;

    private Orders() {}

    /** One tenant from a pod to another, and why. */
    public record Move(TenantId tenant, PodId from, PodId to, String reason) {}

    /** Errors with the constraint {@code idx_migrations_one_rebalance} where one is under way. */
    public static Mono<MigrationView> rebalance(Statements transaction, Call call, Pace pace, List<Move> moves) {
        return MigrationRows.insert(
                        transaction,
                        MigrationKind.REBALANCE,
                        MigrationKind.ELSEWHERE,
                        null,
                        pace,
                        null,
                        call.caller().name())
                .flatMap(id -> transaction
                        .update(
                                JOBS,
                                id,
                                moves.stream()
                                        .map(move -> move.tenant().value())
                                        .toArray(UUID[]::new),
                                moves.stream().map(move -> move.from().value()).toArray(String[]::new),
                                moves.stream().map(move -> move.to().value()).toArray(String[]::new),
                                moves.stream().map(Move::reason).toArray(String[]::new))
                        .flatMap(jobs -> MigrationRows.skipped(transaction, id, moves.size() - jobs))
                        .then(transaction.update(AFTER_THE_LAST, id))
                        .then(AuditLog.append(
                                transaction,
                                call.caller(),
                                AuditAction.MIGRATION_CREATED,
                                null,
                                Json.newObject()
                                        .put("migration", id.toString())
                                        .put("kind", "rebalance")
                                        .put("moves", moves.size())))
                        .then(MigrationRows.find(transaction, id)));
    }
}
