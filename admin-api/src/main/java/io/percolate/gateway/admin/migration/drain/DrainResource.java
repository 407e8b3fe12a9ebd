package io.percolate.gateway.admin.migration.drain;

import io.percolate.gateway.admin.audit.AuditAction;
import io.percolate.gateway.admin.audit.AuditLog;
import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Fields;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.admin.http.Problem;
import io.percolate.gateway.admin.http.ProblemKind;
import io.percolate.gateway.admin.http.Query;
import io.percolate.gateway.admin.http.Reply;
import io.percolate.gateway.admin.migration.MigrationConfig;
import io.percolate.gateway.admin.migration.MigrationRows;
import io.percolate.gateway.admin.migration.MigrationView;
import io.percolate.gateway.admin.migration.Pace;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/pods/{pod}/drain}, {@code /undrain} and {@code /give-up}: a pod that is left, taken back, or gone for good. */
public final class DrainResource {
    /** What a caller of the wait may ask for. */
    static final int WAIT_SECONDS_MAX = 300;

    private static final Duration LOOK_INTERVAL = Duration.ofMillis(250);
    private static final int NOTE_LENGTH_MAX = 500;

    private final ManagementDatabase database;
    private final MigrationConfig config;

    public DrainResource(ManagementDatabase database, MigrationConfig config) {
        this.database = database;
        this.config = config;
    }

    /** The longest that an answer may take. */
    public static Duration deadline() {
        return Duration.ofSeconds(WAIT_SECONDS_MAX + 10L);
    }

    /**
     * How far a pod is from being empty.
     *
     * @param drained whether it takes nobody and has nobody
     * @param migration the drain under way, or the last one
     */
    record DrainView(
            String pod,
            String status,
            boolean lost,
            boolean drained,
            long hot,
            long warm,
            long moving,
            @Nullable MigrationView migration) {}

    /** From now on nobody is placed there; a job for each tenant follows. Asked again, it answers the drain under way. */
    public Mono<Reply> drain(Call call) {
        String pod = call.segment("pod");
        Fields fields = new Fields(call.json());
        Pace pace = Pace.read(fields, Pace.defaultOf(config));
        String note = fields.text("note", NOTE_LENGTH_MAX).orElse(null);
        fields.finish();
        return database.inTransaction(transaction -> lock(transaction, pod)
                        .flatMap(status -> status.equals("gone")
                                ? unfit(pod, status)
                                : transaction.update(
                                        "UPDATE pods SET status = 'draining' WHERE id = $1 AND status <> 'draining'",
                                        pod))
                        .then(Drains.begin(
                                transaction, pod, pace, note, call.caller().name()))
                        .flatMap(id -> audit(transaction, call, AuditAction.POD_DRAIN_REQUESTED, pod, id))
                        .then(view(transaction, pod)))
                .map(view -> Reply.json(202, view));
    }

    /** It takes tenants again; jobs that have not begun are canceled. */
    public Mono<Reply> undrain(Call call) {
        String pod = call.segment("pod");
        return database.inTransaction(transaction -> lock(transaction, pod)
                        .flatMap(status -> status.equals("draining") || status.equals("ready")
                                ? transaction.update(
                                        "UPDATE pods SET status = 'ready' WHERE id = $1 AND status = 'draining'", pod)
                                : unfit(pod, status))
                        .then(transaction.query(
                                "SELECT id FROM migrations WHERE pod_id = $1 AND status IN ('running', 'paused')",
                                row -> Objects.requireNonNull(row.get("id", UUID.class)),
                                pod))
                        .flatMap((List<UUID> open) ->
                                open.isEmpty() ? Mono.just(0L) : MigrationRows.cancel(transaction, open.getFirst()))
                        .then(audit(transaction, call, AuditAction.POD_UNDRAIN_REQUESTED, pod, null))
                        .then(view(transaction, pod)))
                .map(view -> Reply.json(200, view));
    }

    /** How far it is; with {@code wait_seconds} answered when it is empty, or when that time has passed. */
    public Mono<Reply> get(Call call) {
        String pod = call.segment("pod");
        Query query = call.query();
        int waitSeconds = query.count("wait_seconds", 0, WAIT_SECONDS_MAX, 0);
        query.finish();
        long untilNanos = System.nanoTime() + Duration.ofSeconds(waitSeconds).toNanos();
        return Mono.defer(() -> database.inConnection(statements -> view(statements, pod)))
                .repeatWhen(looks -> looks.delayElements(LOOK_INTERVAL))
                .filter(view -> view.drained() || System.nanoTime() >= untilNanos)
                .next()
                .map(view -> Reply.json(200, view));
    }

    /** Says of a pod that is lost that neither it nor its disk will return: its tenants go on from what S3 has of them. */
    public Mono<Reply> giveUp(Call call) {
        String pod = call.segment("pod");
        return database.inTransaction(transaction -> lock(transaction, pod)
                        .then(transaction.update(
                                "UPDATE pods SET status = 'gone' WHERE id = $1 AND lost_at IS NOT NULL", pod))
                        .flatMap(rows -> rows == 0
                                ? Mono.<Long>error(Problem.of(
                                                ProblemKind.POD_STATUS_UNFIT,
                                                "pod " + pod
                                                        + " is not lost: only one that neither beats nor answers can be"
                                                        + " given up")
                                        .toException())
                                : transaction.update("UPDATE lost_tenants SET retry_at = now() WHERE pod_id = $1", pod))
                        .then(audit(transaction, call, AuditAction.POD_GIVEN_UP, pod, null))
                        .then(view(transaction, pod)))
                .map(view -> Reply.json(200, view));
    }

    private static Mono<DrainView> view(Statements statements, String pod) {
        record Row(String status, boolean lost) {}
        record Count(long hot, long warm, long moving) {}
        return statements
                .queryFirst(
                        "SELECT status, lost_at IS NOT NULL AS lost FROM pods WHERE id = $1",
                        row -> new Row(
                                Objects.requireNonNull(row.get("status", String.class)),
                                Objects.requireNonNull(row.get("lost", Boolean.class))),
                        pod)
                .map(found -> found.orElseThrow(() -> unknown(pod)))
                .flatMap(row -> statements
                        .query(
                                Drains.REMAINING,
                                counts -> new Count(
                                        Objects.requireNonNull(counts.get("hot", Long.class)),
                                        Objects.requireNonNull(counts.get("warm", Long.class)),
                                        Objects.requireNonNull(counts.get("moving", Long.class))),
                                pod)
                        .map(List::getFirst)
                        .flatMap(left -> statements
                                .queryFirst(
                                        MigrationView.SELECT
                                                + " WHERE m.pod_id = $1 ORDER BY m.created_at DESC, m.id LIMIT 1",
                                        MigrationView::of,
                                        pod)
                                .map(last -> new DrainView(
                                        pod,
                                        row.status(),
                                        row.lost(),
                                        !row.status().equals("ready") && left.hot() + left.warm() + left.moving() == 0,
                                        left.hot(),
                                        left.warm(),
                                        left.moving(),
                                        last.orElse(null)))));
    }

    /** Its status; holds the pod against assignments, which lock it, too. */
    private static Mono<String> lock(Statements transaction, String pod) {
        return transaction
                .queryFirst(
                        "SELECT status FROM pods WHERE id = $1 FOR NO KEY UPDATE",
                        row -> Objects.requireNonNull(row.get("status", String.class)),
                        pod)
                .map(found -> found.orElseThrow(() -> unknown(pod)));
    }

    private static Mono<Long> audit(
            Statements transaction, Call call, AuditAction action, String pod, @Nullable UUID migration) {
        ObjectNode metadata = Json.newObject().put("pod", pod);
        if (migration != null) {
            metadata.put("migration", migration.toString());
        }
        return AuditLog.append(transaction, call.caller(), action, null, metadata);
    }

    private static Mono<Long> unfit(String pod, String status) {
        return Mono.error(Problem.of(ProblemKind.POD_STATUS_UNFIT, "pod " + pod + " is " + status)
                .toException());
    }

    private static RuntimeException unknown(String pod) {
        return Problem.of(ProblemKind.POD_UNKNOWN, "there is no pod " + pod).toException();
    }
}
