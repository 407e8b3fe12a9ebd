package io.percolate.gateway.admin.schedule;

import io.percolate.gateway.admin.audit.AuditAction;
import io.percolate.gateway.admin.audit.AuditLog;
import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.admin.http.Problem;
import io.percolate.gateway.admin.http.ProblemException;
import io.percolate.gateway.admin.http.ProblemKind;
import io.percolate.gateway.admin.http.Reply;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Clock;
import java.time.Instant;
import java.util.Objects;
import reactor.core.publisher.Mono;

/** {@code /v1/tenants/{id}/wake-schedule}: when a tenant is woken ahead. */
public final class WakeScheduleResource {
    private final ManagementDatabase database;
    private final Clock clock;

    public WakeScheduleResource(ManagementDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    public Mono<Reply> put(Call call) {
        TenantId tenant = call.tenant();
        WakeSchedule schedule = WakeSchedule.read(call.json());
        Instant next = schedule.nextAfter(clock.instant());
        return database.inTransaction(transaction -> known(transaction, tenant)
                        .then(transaction.update(
                                """
                                INSERT INTO tenant_wake_schedules (tenant_id, wake_at, days, time_zone, next_wake_at)
                                VALUES ($1, $2::time, $3, $4, $5)
                                ON CONFLICT (tenant_id) DO UPDATE SET wake_at = EXCLUDED.wake_at, days = EXCLUDED.days,
                                    time_zone = EXCLUDED.time_zone, next_wake_at = EXCLUDED.next_wake_at,
                                    updated_at = now()
                                """,
                                tenant.value(),
                                schedule.at().toString(),
                                (short) schedule.dayBits(),
                                schedule.zone().getId(),
                                next))
                        .then(AuditLog.append(
                                transaction,
                                call.caller(),
                                AuditAction.TENANT_WAKE_SCHEDULED,
                                tenant,
                                Json.newObject().set("after", Json.objectOf(schedule.view(next))))))
                .thenReturn(Reply.json(200, schedule.view(next)));
    }

    public Mono<Reply> get(Call call) {
        TenantId tenant = call.tenant();
        return database.inConnection(statements -> statements.queryFirst(
                        "SELECT " + WakeSchedule.COLUMNS + " FROM tenant_wake_schedules WHERE tenant_id = $1",
                        row -> WakeSchedule.of(row)
                                .view(Objects.requireNonNull(row.get("next_wake_at", Instant.class))),
                        tenant.value()))
                .map(found -> Reply.json(200, found.orElseThrow(() -> unknown(tenant))));
    }

    public Mono<Reply> delete(Call call) {
        TenantId tenant = call.tenant();
        return database.inTransaction(transaction -> transaction
                        .update("DELETE FROM tenant_wake_schedules WHERE tenant_id = $1", tenant.value())
                        .flatMap(rows -> rows == 0
                                ? Mono.error(unknown(tenant))
                                : AuditLog.append(
                                        transaction,
                                        call.caller(),
                                        AuditAction.TENANT_WAKE_UNSCHEDULED,
                                        tenant,
                                        Json.newObject())))
                .thenReturn(Reply.noContent());
    }

    private static Mono<Void> known(Statements transaction, TenantId tenant) {
        return transaction
                .queryFirst("SELECT 1 AS one FROM tenants WHERE id = $1 FOR KEY SHARE", row -> 1, tenant.value())
                .flatMap(found -> found.isPresent()
                        ? Mono.empty()
                        : Mono.error(Problem.of(ProblemKind.TENANT_UNKNOWN, "there is no tenant " + tenant)
                                .toException()));
    }

    private static ProblemException unknown(TenantId tenant) {
        return Problem.of(ProblemKind.SCHEDULE_UNKNOWN, "no schedule wakes tenant " + tenant)
                .toException();
    }
}
