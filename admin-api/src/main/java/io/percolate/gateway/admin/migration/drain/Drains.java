package io.percolate.gateway.admin.migration.drain;

import io.percolate.gateway.admin.audit.AuditAction;
import io.percolate.gateway.admin.audit.AuditLog;
import io.percolate.gateway.admin.auth.Principal;
import io.percolate.gateway.admin.auth.Scope;
import io.percolate.gateway.admin.http.Call.Caller;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.admin.migration.MigrationKind;
import io.percolate.gateway.admin.migration.MigrationRows;
import io.percolate.gateway.admin.migration.Pace;
import io.percolate.gateway.admin.webhook.Outbox;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * Pods that everybody leaves: a job for each tenant that is in memory or on disk there, also for those that come late (a wake
 * that had chosen the pod before), until nobody is left. A tenant whose job has failed is tried again after a while, for a
 * drain ends only by being done or canceled.
 */
public final class Drains {
    private static final Principal MIGRATIONS = new Principal("migrations", Scope.WRITE);
    private static final int JOBS_OF_ONE_LOOK_MAX = 1_000;

    /** The newest data are there, in memory or on disk. */
    private static final String THERE =
            "(s.pod_id = $1 AND s.source_pod_id IS NULL AND s.state IN ('hot', 'warm', 'moving') OR s.source_pod_id = $1)";

    static final String REMAINING = """
            SELECT count(*) FILTER (WHERE s.state = 'hot') AS hot, count(*) FILTER (WHERE s.state = 'warm') AS warm,
                count(*) FILTER (WHERE s.state NOT IN ('hot', 'warm')) AS moving
            FROM tenant_states s WHERE %s
            """.formatted(THERE);

    private static final String OPEN =
            "SELECT id, pod_id FROM migrations WHERE kind = 'drain' AND status = 'running' ORDER BY created_at LIMIT 100";

    private static final String ADD_JOBS = """
            INSERT INTO migration_jobs (migration_id, tenant_id, kind, source, target, reason)
            SELECT $2, s.tenant_id, 'pod', $1, '*', 'its pod is drained'
            FROM tenant_states s
            WHERE %s AND NOT EXISTS (
                SELECT 1 FROM migration_jobs j WHERE j.tenant_id = s.tenant_id
                  AND (j.status IN ('pending', 'running', 'paused')
                       OR j.migration_id = $2 AND j.completed_at > clock_timestamp() - interval '30 seconds'))
            ORDER BY s.state, s.last_access_at LIMIT $3
            ON CONFLICT (tenant_id) WHERE status IN ('pending', 'running', 'paused') DO NOTHING
            """.formatted(THERE);

    private static final String END = """
            UPDATE migrations m SET status = 'completed', completed_at = clock_timestamp()
            WHERE m.id = $2 AND m.status = 'running'
              AND NOT EXISTS (SELECT 1 FROM tenant_states s WHERE %s)
              AND NOT EXISTS (SELECT 1 FROM migration_jobs j WHERE j.migration_id = m.id
                  AND j.status IN ('pending', 'running', 'paused'))
            """.formatted(THERE);

    private final ManagementDatabase database;
    private final Outbox outbox;

    public Drains(ManagementDatabase database, Outbox outbox) {
        this.database = database;
        this.outbox = outbox;
    }

    private record Open(UUID id, String pod) {}

    /** One look at all drains; errors when the database does not answer. */
    public Mono<Void> run() {
        return database.query(
                        OPEN,
                        row -> new Open(
                                Objects.requireNonNull(row.get("id", UUID.class)),
                                Objects.requireNonNull(row.get("pod_id", String.class))))
                .flatMapMany(Flux::fromIterable)
                .concatMap(drain -> addJobs(database, drain.id(), drain.pod()).then(end(drain)))
                .then();
    }

    private Mono<Void> end(Open drain) {
        return database.inTransaction(sql -> sql.update(END, drain.pod(), drain.id())
                .flatMap(ended -> {
                    if (ended == 0) {
                        return Mono.empty();
                    }
                    ObjectNode told = Json.newObject()
                            .put("pod", drain.pod())
                            .put("migration", drain.id().toString());
                    return AuditLog.append(
                                    sql,
                                    new Caller(
                                            MIGRATIONS, null, null, drain.id().toString()),
                                    AuditAction.POD_DRAINED,
                                    null,
                                    told)
                            .then(outbox.append(sql, "pod.drained", told));
                }));
    }

    /**
     * Begins one, or finds the one that is under way.
     *
     * @return its id
     */
    static Mono<UUID> begin(
            Statements transaction, String pod, Pace pace, @Nullable String note, @Nullable String requestedBy) {
        return transaction
                .query(
                        "SELECT id FROM migrations WHERE pod_id = $1 AND status IN ('running', 'paused')",
                        row -> Objects.requireNonNull(row.get("id", UUID.class)),
                        pod)
                .flatMap((List<UUID> open) -> open.isEmpty()
                        ? MigrationRows.insert(
                                        transaction,
                                        MigrationKind.DRAIN,
                                        MigrationKind.ELSEWHERE,
                                        pod,
                                        pace,
                                        note,
                                        requestedBy)
                                .flatMap(id -> addJobs(transaction, id, pod).thenReturn(id))
                        : Mono.just(open.getFirst()));
    }

    private static Mono<Long> addJobs(Statements statements, UUID migration, String pod) {
        return statements.update(ADD_JOBS, pod, migration, JOBS_OF_ONE_LOOK_MAX);
    }
}
