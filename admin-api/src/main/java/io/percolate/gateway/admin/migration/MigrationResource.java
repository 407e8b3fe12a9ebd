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
import io.percolate.gateway.routing.postgres.Statements;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** {@code /v1/migrations} and what orders them for one tenant: planned moves, watched, paused and canceled. */
public final class MigrationResource {
    private final ManagementDatabase database;
    private final MigrationConfig config;

    public MigrationResource(ManagementDatabase database, MigrationConfig config) {
        this.database = database;
        this.config = config;
    }

    /** What holds where an order does not say otherwise. */
    public static Pace defaultPace(MigrationConfig config) {
        return new Pace(config.concurrencyMax(), null, config.holdMax());
    }

    public Mono<Reply> create(Call call) {
        return create(call, MigrationDraft.read(call.json(), defaultPace(config)));
    }

    /** One tenant to another tier, pod, shard or region. */
    public Mono<Reply> createForTenant(Call call) {
        return create(call, MigrationDraft.ofTenant(call.tenant(), call.json(), defaultPace(config)));
    }

    /** One tenant to a pod, or away from its own. */
    public Mono<Reply> move(Call call) {
        return create(call, MigrationDraft.ofMove(call.tenant(), call.json(), defaultPace(config)));
    }

    private Mono<Reply> create(Call call, MigrationDraft draft) {
        Optional<IdempotencyKey> key = IdempotencyKey.of(call, draft);
        return database.inTransaction(transaction -> key.isEmpty()
                        ? insert(transaction, call, draft)
                        : key.get()
                                .take(transaction)
                                .flatMap(earlier -> earlier.map(Mono::just)
                                        .orElseGet(() -> insert(transaction, call, draft)
                                                .flatMap(made -> key.get()
                                                        .store(transaction, 202, made)
                                                        .thenReturn(made)))))
                .map(made -> Reply.json(
                        202,
                        made,
                        Map.of("Location", "/v1/migrations/" + made.path("id").stringValue(""))));
    }

    private Mono<JsonNode> insert(Statements transaction, Call call, MigrationDraft draft) {
        return checked(transaction, draft)
                .flatMap(selected -> MigrationRows.insert(
                                transaction,
                                draft.kind(),
                                draft.target(),
                                null,
                                draft.pace(),
                                draft.note(),
                                actor(call))
                        .flatMap(id -> MigrationRows.insertJobs(transaction, id, draft, config.tenantsMax())
                                .flatMap(jobs -> taken(draft, jobs)
                                        .then(MigrationRows.skipped(transaction, id, selected - jobs)))
                                .then(MigrationRows.find(transaction, id))))
                .flatMap(made -> AuditLog.append(
                                transaction,
                                call.caller(),
                                AuditAction.MIGRATION_CREATED,
                                draft.tenants().size() == 1 ? draft.tenants().getFirst() : null,
                                Json.newObject().set("migration", Json.objectOf(made)))
                        .thenReturn(Json.objectOf(made)));
    }

    /** How many tenants are selected; a problem where there are none, or too many, or the target does not exist. */
    private Mono<Long> checked(Statements transaction, MigrationDraft draft) {
        return known(transaction, draft)
                .then(MigrationRows.count(transaction, draft, config.tenantsMax()))
                .doOnNext(tenants -> {
                    if (tenants == 0) {
                        throw Problem.of(ProblemKind.TENANT_UNKNOWN, "no active tenant is selected")
                                .toException();
                    }
                    if (tenants > config.tenantsMax()) {
                        throw Problem.ofField("tenants", "more than " + config.tenantsMax() + " tenants are selected")
                                .toException();
                    }
                });
    }

    private static Mono<Void> known(Statements transaction, MigrationDraft draft) {
        String table = switch (draft.kind()) {
            case POD -> draft.target().equals(Job.ELSEWHERE) ? null : "pods WHERE status <> 'gone' AND id = $1";
            case SHARD -> "shards WHERE status = 'active' AND id = $1";
            case REGION -> "regions WHERE id = $1";
            case TIER, DRAIN, REBALANCE -> null;
        };
        if (table == null) {
            return Mono.empty();
        }
        return transaction
                .query("SELECT 1 AS found FROM " + table, row -> 1, draft.target())
                .flatMap(found -> found.isEmpty()
                        ? Mono.error(
                                Problem.ofField("target", "is no " + Label.of(draft.kind()) + " that takes tenants")
                                        .toException())
                        : Mono.empty());
    }

    /** An order for one tenant that another order is moving just now is refused, not skipped. */
    private static Mono<Void> taken(MigrationDraft draft, long jobs) {
        return jobs == 0 && draft.tenants().size() == 1
                ? Mono.error(Problem.of(
                                ProblemKind.TENANT_BUSY,
                                "another migration is moving the tenant; wait for it or cancel it")
                        .toException())
                : Mono.empty();
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

    private static @Nullable String actor(Call call) {
        return call.caller().principal() == null
                ? null
                : call.caller().principal().name();
    }
}
