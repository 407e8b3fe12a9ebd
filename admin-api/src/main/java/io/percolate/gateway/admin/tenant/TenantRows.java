package io.percolate.gateway.admin.tenant;

import io.percolate.gateway.admin.http.Label;
import io.percolate.gateway.admin.http.PageRequest;
import io.percolate.gateway.admin.http.Problem;
import io.percolate.gateway.admin.http.ProblemKind;
import io.percolate.gateway.admin.http.Selection;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import reactor.core.publisher.Mono;

/** The SQL of tenants; each call is one statement in the caller's connection or transaction. */
final class TenantRows {
    private TenantRows() {}

    static Mono<Tenant> find(Statements statements, TenantId id) {
        return statements
                .queryFirst(Tenant.SELECT + " WHERE t.id = $1", Tenant::of, id.value())
                .map(found -> found.orElseThrow(() -> unknown(id)));
    }

    /** Like {@link #find}, and holds the tenant against other changes of its settings until the transaction ends. */
    static Mono<Tenant> lock(Statements transaction, TenantId id) {
        return transaction
                .query(
                        "SELECT id FROM tenants WHERE id = $1 FOR NO KEY UPDATE",
                        row -> Objects.requireNonNull(row.get("id", UUID.class)),
                        id.value())
                .flatMap(locked -> locked.isEmpty() ? Mono.error(unknown(id)) : find(transaction, id));
    }

    /** The rows of the page, and one more when there is another page. */
    static Mono<List<Tenant>> list(Statements statements, Selection filter, PageRequest page) {
        page.after()
                .ifPresent(cursor -> filter.where("(t.created_at, t.id) > (?, ?)", cursor.createdAt(), cursor.uuid()));
        String sql = Tenant.SELECT + filter.sql() + " ORDER BY t.created_at, t.id LIMIT " + (page.limit() + 1);
        return statements.query(sql, Tenant::of, filter.binds());
    }

    static Mono<TenantId> insert(Statements transaction, TenantDraft draft) {
        return transaction
                .query(
                        """
                        INSERT INTO tenants (id, email, name, tier, security_mode, region)
                        VALUES (COALESCE($1, gen_random_uuid()), $2, $3, $4, $5, $6) RETURNING id
                        """,
                        row -> new TenantId(Objects.requireNonNull(row.get("id", UUID.class))),
                        Statements.nullable(draft.id(), UUID.class),
                        draft.email(),
                        Statements.nullable(draft.name(), String.class),
                        Label.of(draft.tier()),
                        Label.of(draft.securityMode()),
                        draft.region())
                .map(List::getFirst)
                .onErrorMap(DatabaseException.class, TenantRows::explained);
    }

    /** Writes what differs; limits only when they do, since touching them moves the route's version. */
    static Mono<Void> update(Statements transaction, TenantId id, TenantSettings before, TenantSettings after) {
        Mono<Long> settings = transaction.update(
                """
                UPDATE tenants SET name = $2, tier = $3, status = $4, security_mode = $5, region = $6, shard_id = $7,
                    updated_at = now()
                WHERE id = $1
                """,
                id.value(),
                Statements.nullable(after.name(), String.class),
                Label.of(after.tier()),
                Label.of(after.status()),
                Label.of(after.securityMode()),
                after.region(),
                Statements.nullable(after.shardId(), String.class));
        Mono<Long> limits =
                after.limits().equals(before.limits()) ? Mono.just(0L) : write(transaction, id, after.limits());
        return settings.then(limits).then().onErrorMap(DatabaseException.class, TenantRows::explained);
    }

    private static Mono<Long> write(Statements transaction, TenantId id, TenantLimits limits) {
        if (limits.equals(TenantLimits.NONE)) {
            return transaction.update("DELETE FROM tenant_limits WHERE tenant_id = $1", id.value());
        }
        return transaction.update(
                """
                INSERT INTO tenant_limits (tenant_id, requests_per_second, burst, concurrent_requests, body_bytes_max,
                    bandwidth_bytes_per_second, websockets_max, requests_per_month)
                VALUES ($1, $2::bigint, $3::bigint, $4::bigint, $5, $6, $7::bigint, $8)
                ON CONFLICT (tenant_id) DO UPDATE SET
                    requests_per_second = EXCLUDED.requests_per_second, burst = EXCLUDED.burst,
                    concurrent_requests = EXCLUDED.concurrent_requests, body_bytes_max = EXCLUDED.body_bytes_max,
                    bandwidth_bytes_per_second = EXCLUDED.bandwidth_bytes_per_second,
                    websockets_max = EXCLUDED.websockets_max, requests_per_month = EXCLUDED.requests_per_month,
                    updated_at = now()
                """,
                id.value(),
                Statements.nullable(limits.requestsPerSecond(), Long.class),
                Statements.nullable(limits.burst(), Long.class),
                Statements.nullable(limits.concurrentRequests(), Long.class),
                Statements.nullable(limits.bodyBytesMax(), Long.class),
                Statements.nullable(limits.bandwidthBytesPerSecond(), Long.class),
                Statements.nullable(limits.websocketsMax(), Long.class),
                Statements.nullable(limits.requestsPerMonth(), Long.class));
    }

    private static RuntimeException unknown(TenantId id) {
        return Problem.of(ProblemKind.TENANT_UNKNOWN, "there is no tenant " + id)
                .toException();
    }

    /** Says which field a violated constraint speaks of. */
    private static Throwable explained(DatabaseException error) {
        Optional<Problem> problem = switch (error.constraint().orElse("")) {
            case "tenants_pkey" ->
                Optional.of(Problem.of(ProblemKind.TENANT_EXISTS, "a tenant with this id exists already"));
            case "tenants_email_key" ->
                Optional.of(Problem.of(ProblemKind.TENANT_EXISTS, "a tenant with this email exists already"));
            case "tenants_region_fkey" -> Optional.of(Problem.ofField("region", "is not a known region"));
            case "tenants_shard_id_fkey" -> Optional.of(Problem.ofField("shard_id", "is not a known shard"));
            default -> Optional.empty();
        };
        return problem.<Throwable>map(known -> known.toException(error)).orElse(error);
    }
}
