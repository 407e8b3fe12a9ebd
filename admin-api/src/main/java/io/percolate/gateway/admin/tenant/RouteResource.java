package io.percolate.gateway.admin.tenant;

import io.percolate.gateway.admin.audit.AuditAction;
import io.percolate.gateway.admin.audit.AuditLog;
import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.admin.http.Label;
import io.percolate.gateway.admin.http.Problem;
import io.percolate.gateway.admin.http.ProblemKind;
import io.percolate.gateway.admin.http.Reply;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.warmup.wake.Wake;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** {@code /v1/tenants/{id}/route} and {@code /wake}: where a tenant lives, and bringing it into a pod. */
public final class RouteResource {
    private final ManagementDatabase database;
    private final Wake wake;
    private final Duration heartbeatAgeMax;

    /** {@code heartbeatAgeMax}: a pod whose last heartbeat is older counts as dead. */
    public RouteResource(ManagementDatabase database, Wake wake, Duration heartbeatAgeMax) {
        this.database = database;
        this.wake = wake;
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
