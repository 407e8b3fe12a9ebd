package io.percolate.gateway.admin.tenant;

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
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** {@code /v1/tenants}: provisioning. */
public final class TenantResource {
    private final ManagementDatabase database;
    private final TierHandOff tierHandOff;

    public TenantResource(ManagementDatabase database, TierHandOff tierHandOff) {
        this.database = database;
        this.tierHandOff = tierHandOff;
    }

    public Mono<Reply> create(Call call) {
        TenantDraft draft = TenantDraft.read(call.json());
        Optional<IdempotencyKey> key = IdempotencyKey.of(call, draft);
        return database.inTransaction(transaction -> key.map(given -> createOnce(transaction, call, draft, given))
                        .orElseGet(() -> insert(transaction, call, draft)))
                .map(tenant -> Reply.json(
                        201,
                        tenant,
                        Map.of("Location", "/v1/tenants/" + tenant.get("id").stringValue())));
    }

    public Mono<Reply> list(Call call) {
        Query query = call.query();
        Selection filter = new Selection();
        query.choice("tier", Tier.class).ifPresent(tier -> filter.where("t.tier = ?", Label.of(tier)));
        query.choice("status", TenantStatus.class).ifPresent(status -> filter.where("t.status = ?", Label.of(status)));
        query.choice("residency", Residency.class).ifPresent(state -> filter.where("s.state = ?", Label.of(state)));
        PageRequest page = query.page();
        query.finish();
        return database.inConnection(statements -> TenantRows.list(statements, filter, page))
                .map(rows -> Reply.json(200, Page.of(rows, page, Tenant::cursor)));
    }

    public Mono<Reply> get(Call call) {
        TenantId id = call.tenant();
        return database.inConnection(statements -> TenantRows.find(statements, id))
                .map(TenantResource::shown);
    }

    /** All at once, but for the tier of a tenant that has to be handed over for it: answered with 202 and the migration. */
    public Mono<Reply> patch(Call call) {
        Query query = call.query();
        TierChange how = query.choice("tier_change", TierChange.class).orElse(TierChange.PLANNED);
        query.finish();
        return change(call, TenantPatch.read(call.json()), how)
                .map(changed -> changed.migration() == null
                        ? shown(changed.tenant())
                        : Reply.json(
                                202,
                                changed.tenant(),
                                Map.of(
                                        "ETag",
                                        changed.tenant().settings().etag(),
                                        "Location",
                                        "/v1/migrations/" + changed.migration())));
    }

    /** Soft: the row stays, gateways answer 410. Deleting what is deleted changes nothing. */
    public Mono<Reply> delete(Call call) {
        return change(call, TenantPatch.ofStatus(TenantStatus.DELETED), TierChange.IMMEDIATE)
                .thenReturn(Reply.noContent());
    }

    /**
     * What came of a change.
     *
     * @param migration gives the tenant its new tier; null when there is nothing left to do
     */
    private record Changed(Tenant tenant, @Nullable UUID migration) {}

    private Mono<Changed> change(Call call, TenantPatch patch, TierChange how) {
        TenantId id = call.tenant();
        return database.inTransaction(transaction -> TenantRows.lock(transaction, id)
                .flatMap(current -> {
                    TenantSettings before = current.settings();
                    checkPrecondition(call, before);
                    TenantSettings after = patch.apply(before);
                    if (how == TierChange.PLANNED && isHandedOver(current, after)) {
                        return update(transaction, call, current, after.withTier(before.tier()))
                                .flatMap(tenant -> tierHandOff
                                        .order(transaction, call, id, after.tier())
                                        .map(migration -> new Changed(tenant, migration)));
                    }
                    return update(transaction, call, current, after).map(tenant -> new Changed(tenant, null));
                }));
    }

    private static boolean isHandedOver(Tenant current, TenantSettings after) {
        return after.tier() != current.settings().tier()
                && current.isInMemory()
                && current.settings().status() == TenantStatus.ACTIVE
                && after.status() == TenantStatus.ACTIVE;
    }

    private static Mono<Tenant> update(Statements transaction, Call call, Tenant current, TenantSettings after) {
        TenantId id = call.tenant();
        TenantSettings before = current.settings();
        if (after.equals(before)) {
            return Mono.just(current);
        }
        boolean deletes = after.status() == TenantStatus.DELETED && before.status() != TenantStatus.DELETED;
        return TenantRows.update(transaction, id, before, after)
                .then(AuditLog.append(
                        transaction,
                        call.caller(),
                        deletes ? AuditAction.TENANT_DELETED : AuditAction.TENANT_UPDATED,
                        id,
                        after.changesSince(before)))
                .then(TenantRows.find(transaction, id));
    }

    /** The answer that the key was given before, or a new tenant. */
    private static Mono<JsonNode> createOnce(Statements transaction, Call call, TenantDraft draft, IdempotencyKey key) {
        return key.take(transaction)
                .flatMap(earlier -> earlier.map(Mono::just)
                        .orElseGet(() -> insert(transaction, call, draft)
                                .flatMap(tenant ->
                                        key.store(transaction, 201, tenant).thenReturn(tenant))));
    }

    private static Mono<JsonNode> insert(Statements transaction, Call call, TenantDraft draft) {
        return TenantRows.insert(transaction, draft)
                .flatMap(id -> TenantRows.find(transaction, id)
                        .flatMap(tenant -> AuditLog.append(
                                        transaction,
                                        call.caller(),
                                        AuditAction.TENANT_CREATED,
                                        id,
                                        Json.newObject().set("after", Json.objectOf(tenant)))
                                .thenReturn(Json.objectOf(tenant))));
    }

    /** {@code If-Match} (RFC 9110, 13.1.1): the change applies only to the settings that the caller saw. */
    private static void checkPrecondition(Call call, TenantSettings current) {
        call.header("If-Match").ifPresent(wanted -> {
            boolean matches = wanted.equals("*")
                    || Arrays.stream(wanted.split(",")).map(String::strip).anyMatch(current.etag()::equals);
            if (!matches) {
                throw Problem.of(
                                ProblemKind.PRECONDITION_FAILED,
                                "the tenant's settings have changed since: they are " + current.etag() + " now")
                        .toException();
            }
        });
    }

    private static Reply shown(Tenant tenant) {
        return Reply.json(200, tenant, Map.of("ETag", tenant.settings().etag()));
    }
}
