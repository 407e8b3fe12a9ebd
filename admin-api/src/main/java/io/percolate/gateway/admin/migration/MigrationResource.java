package io.percolate.gateway.admin.migration;

import io.percolate.gateway.admin.audit.AuditAction;
import io.percolate.gateway.admin.audit.AuditLog;
import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.admin.http.Label;
import io.percolate.gateway.admin.http.Page;
import io.percolate.gateway.admin.http.PageRequest;
import io.percolate.gateway.admin.http.Problem;
import io.percolate.gateway.admin.http.ProblemKind;
import io.percolate.gateway.admin.http.Query;
import io.percolate.gateway.admin.http.Reply;
import io.percolate.gateway.admin.http.Selection;
import io.percolate.gateway.admin.tenant.IdempotencyKey;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import reactor.core.publisher.Mono;

/** {@code /v1/migrations} and what orders them for one tenant: planned moves, watched, paused and canceled. */
public final class MigrationResource {
    private final ManagementDatabase database;
    private final MigrationOrders orders;
    private final Pace pace;

    public MigrationResource(ManagementDatabase database, MigrationConfig config) {
        this.database = database;
        this.orders = new MigrationOrders(config);
        this.pace = Pace.defaultOf(config);
    }

    public Mono<Reply> create(Call call) {
        return create(call, MigrationDraft.read(call.json(), pace));
    }

    /** One tenant to another tier, pod, shard or region. */
    public Mono<Reply> createForTenant(Call call) {
        return create(call, MigrationDraft.ofTenant(call.tenant(), call.json(), pace));
    }

    /** One tenant to a pod, or away from its own. */
    public Mono<Reply> move(Call call) {
        return create(call, MigrationDraft.ofMove(call.tenant(), call.json(), pace));
    }

    private Mono<Reply> create(Call call, MigrationDraft draft) {
        Optional<IdempotencyKey> key = IdempotencyKey.of(call, draft);
        return database.inTransaction(transaction -> key.isEmpty()
                        ? orders.insert(transaction, call, draft)
                        : key.get()
                                .take(transaction)
                                .flatMap(earlier -> earlier.map(Mono::just)
                                        .orElseGet(() -> orders.insert(transaction, call, draft)
                                                .flatMap(made -> key.get()
                                                        .store(transaction, 202, made)
                                                        .thenReturn(made)))))
                .map(made -> Reply.json(
                        202,
                        made,
                        Map.of("Location", "/v1/migrations/" + made.path("id").stringValue(""))));
    }

    public Mono<Reply> list(Call call) {
        Query query = call.query();
        Selection filter = new Selection();
        query.choice("status", MigrationStatus.class)
                .ifPresent(status -> filter.where("m.status = ?", Label.of(status)));
        query.choice("kind", MigrationKind.class).ifPresent(kind -> filter.where("m.kind = ?", Label.of(kind)));
        PageRequest page = query.page();
        query.finish();
        return database.inConnection(statements -> MigrationRows.list(statements, filter, page))
                .map(rows -> Reply.json(200, Page.of(rows, page, MigrationView::cursor)));
    }

    public Mono<Reply> get(Call call) {
        UUID id = call.id("a migration");
        return database.inConnection(statements -> MigrationRows.find(statements, id))
                .map(view -> Reply.json(200, view));
    }

    public Mono<Reply> jobs(Call call) {
        UUID id = call.id("a migration");
        Query query = call.query();
        Selection filter = new Selection();
        filter.where("j.migration_id = ?", id);
        query.choice("status", JobStatus.class).ifPresent(status -> filter.where("j.status = ?", Label.of(status)));
        PageRequest page = query.page();
        query.finish();
        return database.inConnection(statements ->
                        MigrationRows.find(statements, id).then(MigrationRows.jobs(statements, filter, page)))
                .map(rows -> Reply.json(200, Page.of(rows, page, JobView::cursor)));
    }

    public Mono<Reply> jobsOfTenant(Call call) {
        Selection filter = new Selection();
        filter.where("j.tenant_id = ?", call.tenant().value());
        PageRequest page = call.query().page();
        return database.inConnection(statements -> MigrationRows.jobs(statements, filter, page))
                .map(rows -> Reply.json(200, Page.of(rows, page, JobView::cursor)));
    }

    public Mono<Reply> pause(Call call) {
        return change(call, AuditAction.MIGRATION_PAUSED, MigrationStatus.PAUSED);
    }

    public Mono<Reply> resume(Call call) {
        return change(call, AuditAction.MIGRATION_RESUMED, MigrationStatus.RUNNING);
    }

    public Mono<Reply> cancel(Call call) {
        return change(call, AuditAction.MIGRATION_CANCELED, MigrationStatus.CANCELED);
    }

    /** What is so already stays so; what has ended is not changed any more. */
    private Mono<Reply> change(Call call, AuditAction action, MigrationStatus to) {
        UUID id = call.id("a migration");
        return database.inTransaction(transaction -> MigrationRows.find(transaction, id)
                        .then(
                                switch (to) {
                                    case PAUSED -> MigrationRows.pause(transaction, id);
                                    case RUNNING -> MigrationRows.resume(transaction, id);
                                    case CANCELED, COMPLETED, FAILED -> MigrationRows.cancel(transaction, id);
                                })
                        .flatMap(rows -> MigrationRows.find(transaction, id).flatMap(now -> {
                            if (rows == 0) {
                                return now.status().equals(Label.of(to))
                                        ? Mono.just(now)
                                        : Mono.<MigrationView>error(Problem.of(
                                                        ProblemKind.MIGRATION_ENDED, "the migration is " + now.status())
                                                .toException());
                            }
                            return AuditLog.append(
                                            transaction,
                                            call.caller(),
                                            action,
                                            null,
                                            Json.newObject().put("migration", id.toString()))
                                    .thenReturn(now);
                        })))
                .map(now -> Reply.json(200, now));
    }
}
