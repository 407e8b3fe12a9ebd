package io.percolate.gateway.admin.migration.job;

import io.percolate.gateway.admin.audit.AuditAction;
import io.percolate.gateway.admin.audit.AuditLog;
import io.percolate.gateway.admin.auth.Principal;
import io.percolate.gateway.admin.auth.Scope;
import io.percolate.gateway.admin.http.Call.Caller;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.admin.http.Label;
import io.percolate.gateway.admin.migration.MigrationConfig;
import io.percolate.gateway.admin.migration.MigrationKind;
import io.percolate.gateway.admin.migration.MigrationRows;
import io.percolate.gateway.admin.migration.MigrationStatus;
import io.percolate.gateway.admin.webhook.Outbox;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Jobs in the management database. */
final class PostgresJobStore implements JobStore {
    private static final Principal MIGRATIONS = new Principal("migrations", Scope.WRITE);
    private static final int ERROR_CHARS_MAX = 500;

    private final ManagementDatabase database;
    private final Outbox outbox;
    private final UUID worker;
    private final Duration lease;
    private final Duration holdMax;

    /** @param worker names the process in the leases it takes */
    PostgresJobStore(ManagementDatabase database, Outbox outbox, UUID worker, MigrationConfig config) {
        this.database = database;
        this.outbox = outbox;
        this.worker = worker;
        this.lease = config.lease();
        this.holdMax = config.holdMax();
    }

    @Override
    public Mono<List<Job>> claim(int jobsMax) {
        record Room(UUID migration, int jobs) {}
        return database.inTransaction(sql -> {
            List<UUID> claimed = new ArrayList<>();
            return sql.query(
                            JobSql.LOCK_MIGRATIONS,
                            row -> new Room(required(row, "id", UUID.class), required(row, "room", Integer.class)))
                    .flatMapMany(Flux::fromIterable)
                    .concatMap(room -> claim(sql, room.migration(), Math.min(room.jobs(), jobsMax - claimed.size()))
                            .flatMap(jobs -> {
                                claimed.addAll(jobs);
                                return jobs.isEmpty()
                                        ? Mono.just(0L)
                                        : sql.update(JobSql.SPEND_PACE, room.migration(), jobs.size());
                            }))
                    .then(Mono.defer(() -> claim(sql, null, jobsMax - claimed.size())))
                    .flatMap(others -> {
                        claimed.addAll(others);
                        return claimed.isEmpty() ? Mono.just(List.<Job>of()) : read(sql, claimed);
                    });
        });
    }

    private Mono<List<UUID>> claim(Statements sql, @Nullable UUID migration, int jobsMax) {
        return jobsMax <= 0
                ? Mono.just(List.of())
                : sql.query(
                        JobSql.CLAIM,
                        row -> required(row, "id", UUID.class),
                        Statements.nullable(migration, UUID.class),
                        worker,
                        lease.toMillis(),
                        jobsMax);
    }

    private Mono<List<Job>> read(Statements sql, Collection<UUID> jobs) {
        return sql.query(JobSql.READ, this::job, array(jobs), worker);
    }

    @Override
    public Mono<Set<UUID>> renew(Collection<UUID> jobs) {
        return database.query(
                        JobSql.RENEW, row -> required(row, "id", UUID.class), array(jobs), worker, lease.toMillis())
                .map(Set::copyOf);
    }

    @Override
    public Mono<Job> enter(Job job, JobStep step) {
        return database.inTransaction(sql -> enter(sql, job, step).then(again(sql, job)));
    }

    private Mono<Void> enter(Statements sql, Job job, JobStep step) {
        return changed(
                sql.update(
                        JobSql.ENTER,
                        job.id(),
                        worker,
                        Label.of(step),
                        Statements.nullable(bounded(job.error()), String.class)),
                job);
    }

    private Mono<Job> again(Statements sql, Job job) {
        return read(sql, List.of(job.id()))
                .flatMap(found -> found.isEmpty()
                        ? Mono.error(new LeaseLost("job " + job.id() + " is another's"))
                        : Mono.just(found.getFirst()));
    }

    @Override
    public Mono<Job> redirect(Job job) {
        return database.inTransaction(sql -> sql.update(
                                JobSql.redirect(job.kind()), job.tenant().value(), job.source(), job.target())
                        .flatMap(rows -> rows == 1
                                ? audit(sql, job, AuditAction.TENANT_UPDATED, settings(job, job.source(), job.target()))
                                : Mono.error(new TenantChanged("the tenant is not active, or its "
                                        + Label.of(job.kind()) + " is neither '" + job.source() + "' nor '"
                                        + job.target() + "'")))
                        .then(enter(sql, job, JobStep.HAND_OFF))
                        .then(again(sql, job)))
                .onErrorMap(
                        DatabaseException.class,
                        error -> error.kind() == DatabaseException.Kind.CONSTRAINT
                                ? new TenantChanged("there is no " + Label.of(job.kind()) + " '" + job.target() + "'")
                                : error);
    }

    @Override
    public Mono<Void> revert(Job job) {
        return database.inTransaction(sql -> lock(sql, job)
                .then(sql.update(JobSql.revert(job.kind()), job.tenant().value(), job.source(), job.target()))
                .flatMap(rows -> rows == 0
                        ? Mono.empty()
                        : audit(sql, job, AuditAction.TENANT_UPDATED, settings(job, job.target(), job.source()))));
    }

    /** An heir that claims the job meanwhile waits, so that what is changed with it is changed by its worker. */
    private Mono<Void> lock(Statements sql, Job job) {
        return changed(
                sql.query(JobSql.LOCK, row -> required(row, "id", UUID.class), job.id(), worker)
                        .map(found -> (long) found.size()),
                job);
    }

    @Override
    public Mono<Void> postpone(Job job, JobStep step, Duration by, String why) {
        return changed(
                database.update(
                        JobSql.POSTPONE,
                        job.id(),
                        worker,
                        Label.of(step),
                        Objects.requireNonNull(bounded(why)),
                        by.toMillis()),
                job);
    }

    @Override
    public Mono<Void> end(Job job, JobResult result) {
        return database.inTransaction(sql -> lockMigration(sql, job)
                .then(changed(
                        sql.update(
                                JobSql.END,
                                job.id(),
                                worker,
                                Label.of(result.status()),
                                Statements.nullable(text(result.from()), String.class),
                                Statements.nullable(text(result.to()), String.class),
                                Statements.nullable(result.epoch(), Long.class),
                                Statements.nullable(
                                        result.held() == null
                                                ? null
                                                : result.held().toMillis(),
                                        Long.class),
                                Statements.nullable(bounded(result.note()), String.class)),
                        job))
                .then(audit(sql, job, AuditAction.TENANT_MIGRATED, told(job, result)))
                .then(outbox.append(sql, "tenant.migration_" + Label.of(result.status()), told(job, result)))
                .then(endMigration(sql, job)));
    }

    private static Mono<Void> lockMigration(Statements sql, Job job) {
        return job.migration() == null
                ? Mono.empty()
                : sql.query(JobSql.LOCK_MIGRATION, row -> required(row, "status", String.class), job.migration())
                        .then();
    }

    private static Mono<Void> endMigration(Statements sql, Job job) {
        return job.migration() == null ? Mono.empty() : MigrationRows.end(sql, job.migration());
    }

    @Override
    public Mono<Void> release(Collection<UUID> jobs) {
        return database.update(JobSql.RELEASE, array(jobs), worker).then();
    }

    private static Mono<Void> audit(Statements sql, Job job, AuditAction action, ObjectNode metadata) {
        return AuditLog.append(
                        sql, new Caller(MIGRATIONS, null, null, job.id().toString()), action, job.tenant(), metadata)
                .then();
    }

    /** As a patch of the tenant is audited. */
    private static ObjectNode settings(Job job, String before, String after) {
        String name = job.kind() == MigrationKind.SHARD ? "shard_id" : Label.of(job.kind());
        ObjectNode changes = Json.newObject();
        changes.putObject("before").put(name, orNull(before));
        changes.putObject("after").put(name, orNull(after));
        return changes;
    }

    private static @Nullable String orNull(String setting) {
        return setting.isEmpty() ? null : setting;
    }

    private static ObjectNode told(Job job, JobResult result) {
        return Json.newObject()
                .put(
                        "migration",
                        job.migration() == null ? null : job.migration().toString())
                .put("job", job.id().toString())
                .put("tenant", job.tenant().toString())
                .put("kind", Label.of(job.kind()))
                .put("source", job.source())
                .put("target", job.target())
                .put("status", Label.of(result.status()))
                .put("from_pod", text(result.from()))
                .put("to_pod", text(result.to()))
                .put("epoch", result.epoch())
                .put("note", result.note());
    }

    private static Mono<Void> changed(Mono<Long> update, Job job) {
        return update.flatMap(
                rows -> rows == 1 ? Mono.empty() : Mono.error(new LeaseLost("job " + job.id() + " is another's")));
    }

    private Job job(Readable row) {
        Long hold = row.get("hold_max_ms", Long.class);
        String drained = row.get("drained", String.class);
        return new Job(
                required(row, "id", UUID.class),
                row.get("migration_id", UUID.class),
                choice(row, "order_status", MigrationStatus.class),
                new TenantId(required(row, "tenant_id", UUID.class)),
                choice(row, "kind", MigrationKind.class),
                required(row, "source", String.class),
                required(row, "target", String.class),
                choice(row, "step", JobStep.class),
                required(row, "attempts", Integer.class),
                hold == null ? holdMax : Duration.ofMillis(hold),
                drained == null ? null : new PodId(drained),
                row.get("error_message", String.class));
    }

    private static <E extends Enum<E>> E choice(Readable row, String column, Class<E> type) {
        String label = required(row, column, String.class);
        return Label.parse(type, label)
                .orElseThrow(() -> new IllegalStateException("column " + column + " holds an unknown '" + label + "'"));
    }

    private static UUID[] array(Collection<UUID> ids) {
        return ids.toArray(UUID[]::new);
    }

    private static @Nullable String text(@Nullable PodId pod) {
        return pod == null ? null : pod.value();
    }

    private static @Nullable String bounded(@Nullable String text) {
        return text == null || text.length() <= ERROR_CHARS_MAX ? text : text.substring(0, ERROR_CHARS_MAX);
    }

    private static <T> T required(Readable row, String column, Class<T> type) {
        return Objects.requireNonNull(row.get(column, type), column);
    }
}
