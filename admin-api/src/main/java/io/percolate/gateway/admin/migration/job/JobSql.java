package io.percolate.gateway.admin.migration.job;

import io.percolate.gateway.admin.migration.MigrationKind;

/** What workers ask and write. Durations are bound in milliseconds, by the database's clock. */
final class JobSql {
    private static final String DUE = """
            j.status IN ('pending', 'running')
            AND (j.status = 'pending' AND (j.retry_at IS NULL OR j.retry_at <= clock_timestamp())
             OR j.status = 'running' AND (j.lease_until IS NULL OR j.lease_until <= clock_timestamp()))
            """;

    /**
     * Migrations with jobs that are due, and how many may start: what their concurrency leaves, and what their pace has
     * saved up within the last second. A canceled one's jobs are only ended, without any pace. Locked, so that of two
     * workers the second counts what the first has taken.
     */
    static final String LOCK_MIGRATIONS = """
            SELECT m.id, CASE
                WHEN m.status = 'canceled' THEN m.concurrency_max
                ELSE LEAST(
                    m.concurrency_max - (SELECT count(*) FROM migration_jobs j WHERE j.migration_id = m.id
                        AND j.status = 'running' AND j.lease_until > clock_timestamp()),
                    CASE
                        WHEN m.start_interval_ms = 0 THEN m.concurrency_max
                        WHEN m.next_start_at > clock_timestamp() THEN 0
                        ELSE 1 + LEAST(EXTRACT(EPOCH FROM clock_timestamp() - m.next_start_at) * 1000, 1000)
                            / m.start_interval_ms
                    END)
                END::int AS room
            FROM migrations m
            WHERE m.status IN ('running', 'canceled')
              AND EXISTS (SELECT 1 FROM migration_jobs j WHERE j.migration_id = m.id AND %s)
            ORDER BY m.created_at LIMIT 16 FOR NO KEY UPDATE OF m SKIP LOCKED
            """.formatted(DUE);

    /**
     * $1 is null for jobs that no migration ordered. What was begun comes first. Materialized, since a plan that asks a
     * subquery with SKIP LOCKED more than once gets other rows each time, and so more than the limit.
     */
    static final String CLAIM = """
            WITH due AS MATERIALIZED (
                SELECT j.id FROM migration_jobs j WHERE j.migration_id IS NOT DISTINCT FROM $1::uuid AND %s
                ORDER BY j.step = 'start', j.created_at, j.id LIMIT $4 FOR UPDATE SKIP LOCKED)
            UPDATE migration_jobs c SET status = 'running', lease_owner = $2, attempts = c.attempts + 1,
                lease_until = clock_timestamp() + $3 * interval '1 millisecond',
                started_at = COALESCE(c.started_at, clock_timestamp()), version = c.version + 1
            FROM due WHERE c.id = due.id
            RETURNING c.id
            """.formatted(DUE);

    /** One second's worth is kept, and no more, for a migration that had nothing to start for a while. */
    static final String SPEND_PACE = """
            UPDATE migrations SET next_start_at =
                GREATEST(next_start_at, clock_timestamp() - interval '1 second')
                + $2 * start_interval_ms * interval '1 millisecond'
            WHERE id = $1 AND start_interval_ms > 0
            """;

    private static final String COLUMNS = """
            SELECT j.id, j.migration_id, COALESCE(m.status, 'running') AS order_status, j.tenant_id, j.kind, j.source,
                   j.target, j.step, j.attempts, m.hold_max_ms, m.pod_id AS drained, j.error_message
            FROM migration_jobs j LEFT JOIN migrations m ON m.id = j.migration_id
            """;

    static final String READ = COLUMNS + " WHERE j.id = ANY($1) AND j.lease_owner = $2 AND j.status = 'running'";

    /** Until the transaction ends nobody else takes the job, however late it is. */
    static final String LOCK = """
            SELECT id FROM migration_jobs WHERE id = $1 AND lease_owner = $2 AND status = 'running' FOR UPDATE
            """;

    static final String RENEW = """
            UPDATE migration_jobs SET lease_until = clock_timestamp() + $3 * interval '1 millisecond'
            WHERE id = ANY($1) AND lease_owner = $2 AND status = 'running' RETURNING id
            """;

    static final String ENTER = """
            UPDATE migration_jobs SET step = $3, error_message = $4, version = version + 1
            WHERE id = $1 AND lease_owner = $2 AND status = 'running'
            """;

    static final String POSTPONE = """
            UPDATE migration_jobs SET status = 'pending', step = $3, error_message = $4, lease_owner = NULL,
                lease_until = NULL, retry_at = clock_timestamp() + $5 * interval '1 millisecond', version = version + 1
            WHERE id = $1 AND lease_owner = $2 AND status = 'running'
            """;

    static final String END = """
            UPDATE migration_jobs SET status = $3, step = 'done', from_pod = $4, to_pod = $5, epoch = $6, held_ms = $7,
                error_message = $8, lease_owner = NULL, lease_until = NULL, retry_at = NULL,
                completed_at = clock_timestamp(), version = version + 1
            WHERE id = $1 AND lease_owner = $2 AND status = 'running'
            """;

    /** Held, so that of two workers that end its last jobs one sees that there is no other. */
    static final String LOCK_MIGRATION = "SELECT status FROM migrations WHERE id = $1 FOR NO KEY UPDATE";

    static final String RELEASE = """
            UPDATE migration_jobs SET lease_until = clock_timestamp() - interval '1 millisecond'
            WHERE id = ANY($1) AND lease_owner = $2 AND status = 'running'
            """;

    private JobSql() {}

    /** The statement that gives a tenant its new setting: $1 tenant, $2 what it was, $3 what it is to be. */
    static String redirect(MigrationKind kind) {
        String column = column(kind);
        return "UPDATE tenants SET " + column + " = NULLIF($3, ''), updated_at = now() WHERE id = $1"
                + " AND status = 'active' AND COALESCE(" + column + ", '') IN ($2, $3)";
    }

    /** The statement that takes it back, where nobody has changed it since; binds as {@link #redirect}. */
    static String revert(MigrationKind kind) {
        String column = column(kind);
        return "UPDATE tenants SET " + column + " = NULLIF($2, ''), updated_at = now() WHERE id = $1 AND COALESCE("
                + column + ", '') = $3";
    }

    private static String column(MigrationKind kind) {
        return switch (kind) {
            case TIER -> "tier";
            case SHARD -> "shard_id";
            case REGION -> "region";
            case POD, DRAIN, REBALANCE -> throw new IllegalArgumentException("a " + kind + " job changes no setting");
        };
    }
}
