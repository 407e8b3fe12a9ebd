package io.percolate.gateway.admin.migration;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import java.time.Duration;
import reactor.core.publisher.Mono;

/**
 * Deletes migrations and jobs that ended long ago, so many in one run: jobs first, and a migration once it has none left. What
 * was done stays in the audit log. By the database's clock.
 */
public final class MigrationRetention {
    private static final int MIGRATIONS_OF_ONE_RUN_MAX = 200;
    private static final int JOBS_OF_ONE_RUN_MAX = 5_000;

    /** The oldest that are over; one that was canceled may have jobs which are still being undone. */
    private static final String ENDED = """
            WITH ended AS MATERIALIZED (
                SELECT m.id FROM migrations m
                WHERE m.status IN ('canceled', 'completed', 'failed')
                  AND m.created_at < now() - $1 * interval '1 millisecond'
                  AND m.completed_at < now() - $1 * interval '1 millisecond'
                  AND NOT EXISTS (SELECT 1 FROM migration_jobs j WHERE j.migration_id = m.id
                      AND j.status IN ('pending', 'running'))
                ORDER BY m.created_at LIMIT $2)
            """;

    private static final String DELETE_JOBS = ENDED + """
            DELETE FROM migration_jobs WHERE id IN (
                SELECT j.id FROM migration_jobs j JOIN ended ON ended.id = j.migration_id
                WHERE j.status IN ('canceled', 'completed', 'failed') LIMIT $3)
            """;

    private static final String DELETE_MIGRATIONS = ENDED + """
            DELETE FROM migrations m USING ended
            WHERE m.id = ended.id AND NOT EXISTS (SELECT 1 FROM migration_jobs j WHERE j.migration_id = m.id)
            """;

    private static final String DELETE_UNORDERED_JOBS = """
            DELETE FROM migration_jobs WHERE id IN (
                SELECT j.id FROM migration_jobs j
                WHERE j.migration_id IS NULL AND j.status IN ('canceled', 'completed', 'failed')
                  AND j.created_at < now() - $1 * interval '1 millisecond'
                  AND j.completed_at < now() - $1 * interval '1 millisecond'
                ORDER BY j.created_at LIMIT $2)
            """;

    private final ManagementDatabase database;
    private final Duration retention;
    private final Counter migrations;
    private final Counter jobs;

    public MigrationRetention(ManagementDatabase database, MigrationConfig config, MeterRegistry meters) {
        this.database = database;
        this.retention = config.retention();
        this.migrations = counter("migrations", meters);
        this.jobs = counter("jobs", meters);
    }

    private static Counter counter(String what, MeterRegistry meters) {
        return Counter.builder("migration.swept")
                .description("Rows of ended migrations that were deleted after their time")
                .tag("rows", what)
                .register(meters);
    }

    /** One run; what it leaves is the next one's. Errors when the database does not answer. */
    public Mono<Void> run() {
        long millis = retention.toMillis();
        return database.update(DELETE_JOBS, millis, MIGRATIONS_OF_ONE_RUN_MAX, JOBS_OF_ONE_RUN_MAX)
                .doOnNext(jobs::increment)
                .then(database.update(DELETE_UNORDERED_JOBS, millis, JOBS_OF_ONE_RUN_MAX))
                .doOnNext(jobs::increment)
                .then(database.update(DELETE_MIGRATIONS, millis, MIGRATIONS_OF_ONE_RUN_MAX))
                .doOnNext(migrations::increment)
                .then();
    }
}
