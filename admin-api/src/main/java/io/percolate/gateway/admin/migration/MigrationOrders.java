package io.percolate.gateway.admin.migration;

import io.percolate.gateway.admin.audit.AuditAction;
import io.percolate.gateway.admin.audit.AuditLog;
import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.admin.http.Label;
import io.percolate.gateway.admin.http.Problem;
import io.percolate.gateway.admin.http.ProblemKind;
import io.percolate.gateway.admin.tenant.TierHandOff;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** Writes down what people order: a migration, and a job for each tenant that it selects. */
public final class MigrationOrders implements TierHandOff {
    private static final String SAME_IS_OPEN = """
            SELECT m.id FROM migration_jobs j JOIN migrations m ON m.id = j.migration_id
            WHERE j.tenant_id = $1 AND j.status IN ('pending', 'running') AND j.kind = 'tier' AND j.target = $2
              AND m.status = 'running'
            """;

    private final MigrationConfig config;

    public MigrationOrders(MigrationConfig config) {
        this.config = config;
    }

    @Override
    public Mono<UUID> order(Statements transaction, Call call, TenantId tenant, Tier tier) {
        MigrationDraft draft = new MigrationDraft(
                MigrationKind.TIER, Label.of(tier), List.of(tenant), null, null, false, Pace.defaultOf(config), null);
        return transaction
                .queryFirst(
                        SAME_IS_OPEN,
                        row -> Objects.requireNonNull(row.get("id", UUID.class)),
                        tenant.value(),
                        draft.target())
                .flatMap(open -> open.map(Mono::just)
                        .orElseGet(() -> insert(transaction, call, draft)
                                .map(made -> UUID.fromString(made.path("id").stringValue("")))));
    }

    /** The migration that this comes to, as the API shows it; audited. Errors with a problem where it cannot be ordered. */
    Mono<JsonNode> insert(Statements transaction, Call call, MigrationDraft draft) {
        return checked(transaction, draft)
                .flatMap(selected -> MigrationRows.insert(
                                transaction,
                                draft.kind(),
                                draft.target(),
                                null,
                                draft.pace(),
                                draft.note(),
                                call.caller().name())
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
            case POD ->
                draft.target().equals(MigrationKind.ELSEWHERE) ? null : "pods WHERE status <> 'gone' AND id = $1";
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
}
