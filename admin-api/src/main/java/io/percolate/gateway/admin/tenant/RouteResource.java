package io.percolate.gateway.admin.tenant;

import io.percolate.gateway.admin.audit.AuditAction;
import io.percolate.gateway.admin.audit.AuditLog;
import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.admin.http.Label;
import io.percolate.gateway.admin.http.Problem;
import io.percolate.gateway.admin.http.ProblemKind;
import io.percolate.gateway.admin.http.Query;
import io.percolate.gateway.admin.http.Reply;
import io.percolate.gateway.admin.lifecycle.Evictions;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.warmup.eviction.EvictionOutcome;
import io.percolate.gateway.warmup.wake.Wake;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** {@code /v1/tenants/{id}/route}, {@code /wake} and {@code /evict}: where a tenant lives, and whether it is in a pod. */
public final class RouteResource {
    private static final Duration BUSY_RETRY = Duration.ofSeconds(1);

    private final ManagementDatabase database;
    private final Wake wake;
    private final Evictions evictions;
    private final Duration heartbeatAgeMax;

    /** {@code heartbeatAgeMax}: a pod whose last heartbeat is older counts as dead. */
    public RouteResource(ManagementDatabase database, Wake wake, Evictions evictions, Duration heartbeatAgeMax) {
        this.database = database;
        this.wake = wake;
        this.evictions = evictions;
        this.heartbeatAgeMax = heartbeatAgeMax;
    }

    public Mono<Reply> get(Call call) {
        return view(call.tenant()).map(view -> Reply.json(200, view));
    }

    /** Answers once the tenant is hot in a living pod of its tier, at once when it is already. */
    public Mono<Reply> wake(Call call) {
        TenantId id = call.tenant();
        return database.inTransaction(transaction -> load(transaction, id).flatMap(row -> {
                    TenantRoute route = row.route();
                    if (route.status() != TenantStatus.ACTIVE) {
                        throw Problem.of(
                                        ProblemKind.TENANT_INACTIVE,
                                        "a tenant that is " + Label.of(route.status()) + " is not woken")
                                .toException();
                    }
                    return AuditLog.append(
                                    transaction,
                                    call.caller(),
                                    AuditAction.TENANT_WAKE_REQUESTED,
                                    id,
                                    Json.newObject().put("residency", Label.of(route.residency())))
                            .thenReturn(row);
                }))
                .flatMap(row -> isAtHome(row) ? Mono.just(row.route()) : wake.wake(row.route()))
                .then(view(id))
                .map(view -> Reply.json(200, view));
    }

    /** Answers once the tenant is warm, or with {@code to=cold} cold; at once when it is already. */
    public Mono<Reply> evict(Call call) {
        TenantId id = call.tenant();
        Query query = call.query();
        Target to = query.choice("to", Target.class).orElse(Target.WARM);
        query.finish();
        return database.inTransaction(transaction -> load(transaction, id)
                        .flatMap(row -> AuditLog.append(
                                        transaction,
                                        call.caller(),
                                        AuditAction.TENANT_EVICT_REQUESTED,
                                        id,
                                        Json.newObject()
                                                .put(
                                                        "residency",
                                                        Label.of(row.route().residency()))
                                                .put("to", Label.of(to)))
                                .thenReturn(row.route().residency())))
                .flatMap(residency -> stepDown(id, residency, to, to == Target.COLD ? 2 : 1))
                .then(view(id))
                .map(view -> Reply.json(200, view));
    }

    /** Where an eviction ends. */
    enum Target {
        WARM,
        COLD
    }

    private Mono<Void> stepDown(TenantId id, Residency residency, Target to, int stepsLeft) {
        boolean reached = switch (residency) {
            case COLD, ARCHIVED -> true;
            case WARM -> to == Target.WARM;
            case HOT, MOVING -> false;
        };
        if (reached) {
            return Mono.empty();
        }
        return evictions
                .find(id)
                .flatMap(found -> found.map(tenant ->
                                evictions.now(tenant, residency == Residency.WARM ? Residency.COLD : Residency.WARM))
                        .orElseGet(() -> Mono.just(EvictionOutcome.CHANGED)))
                .flatMap(outcome -> switch (outcome) {
                    case DONE ->
                        stepsLeft > 1 && residency != Residency.WARM
                                ? stepDown(id, Residency.WARM, to, stepsLeft - 1)
                                : Mono.empty();
                    case BUSY ->
                        Mono.error(Problem.of(ProblemKind.TENANT_BUSY, "the tenant's pod serves requests of it")
                                .withRetryAfter(BUSY_RETRY)
                                .toException());
                    case CHANGED ->
                        Mono.error(Problem.of(
                                        ProblemKind.TENANT_NOT_HOSTED,
                                        "the tenant is just being woken, moved or evicted: look at its route again")
                                .withRetryAfter(BUSY_RETRY)
                                .toException());
                    case UNREACHABLE, REFUSED, LOST ->
                        Mono.error(Problem.of(
                                        ProblemKind.EVICTION_FAILED,
                                        "the eviction did not come to its end: " + outcome.label())
                                .withRetryAfter(BUSY_RETRY)
                                .toException());
                });
    }

    private boolean isAtHome(PlacementRow row) {
        return row.route().residency() == Residency.HOT
                && !row.route().isMisplaced()
                && row.heartbeatAge() != null
                && row.heartbeatAge().compareTo(heartbeatAgeMax) <= 0;
    }

    private Mono<RouteView> view(TenantId id) {
        return database.inConnection(statements -> load(statements, id)).map(row -> RouteView.of(row, heartbeatAgeMax));
    }

    private static Mono<PlacementRow> load(Statements statements, TenantId id) {
        return statements
                .queryFirst(PlacementRow.SQL, PlacementRow::of, id.value())
                .map(found -> found.orElseThrow(() -> Problem.of(ProblemKind.TENANT_UNKNOWN, "there is no tenant " + id)
                        .toException()));
    }
}
