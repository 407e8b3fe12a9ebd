package io.percolate.gateway.admin.migration;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * How tenants are moved by jobs.
 *
 * @param interval between two looks for jobs that are due
 * @param lease how long a job outlives the process that works on it
 * @param workers jobs that this process works on at the same time
 * @param attemptsMax claims of one job before it has failed
 * @param backoffMin after the first attempt without success; doubled with each one
 * @param holdMax how long a moved tenant's requests may wait, unless the order says otherwise
 * @param concurrencyMax jobs of one migration at the same time, unless it says otherwise
 * @param tenantsMax tenants of one migration
 * @param retention how long ended migrations and their jobs are kept
 */
public record MigrationConfig(
        Duration interval,
        Duration lease,
        int workers,
        int attemptsMax,
        Duration backoffMin,
        Duration backoffMax,
        Duration holdMax,
        int concurrencyMax,
        int tenantsMax,
        Duration retention) {
    private static final Duration HOUR = Duration.ofHours(1);

    public static MigrationConfig read(ConfigReader reader) {
        MigrationConfig config = new MigrationConfig(
                reader.duration(
                        "MANAGEMENT_MIGRATION_INTERVAL",
                        Duration.ofMillis(500),
                        Duration.ofMillis(10),
                        Duration.ofMinutes(1),
                        "how often this process looks for jobs of migrations that are due"),
                reader.duration(
                        "MANAGEMENT_MIGRATION_LEASE",
                        Duration.ofSeconds(10),
                        Duration.ofMillis(100),
                        HOUR,
                        "how long a job outlives the process that works on it, before another takes it over"),
                reader.count("MANAGEMENT_MIGRATION_WORKERS", 8, 0, 1_000, "jobs that this process works on; 0: none"),
                reader.count(
                        "MANAGEMENT_MIGRATION_ATTEMPTS_MAX",
                        20,
                        1,
                        1_000,
                        "attempts to move one tenant before its job has failed and is undone"),
                reader.duration(
                        "MANAGEMENT_MIGRATION_BACKOFF_MIN",
                        Duration.ofSeconds(1),
                        Duration.ofMillis(1),
                        HOUR,
                        "wait after the first attempt without success; doubled with each one"),
                reader.duration(
                        "MANAGEMENT_MIGRATION_BACKOFF_MAX",
                        Duration.ofMinutes(1),
                        Duration.ofMillis(1),
                        HOUR,
                        "longest wait between two attempts"),
                reader.duration(
                        "MANAGEMENT_MIGRATION_HOLD_MAX",
                        Duration.ofSeconds(4),
                        Duration.ofMillis(50),
                        Duration.ofMinutes(5),
                        "how long a moved tenant's requests may wait, unless an order says otherwise; below the hold limit"
                                + " of the gateways"),
                reader.count(
                        "MANAGEMENT_MIGRATION_CONCURRENCY",
                        4,
                        1,
                        1_000,
                        "jobs of one migration at the same time in the fleet, unless its order says otherwise"),
                reader.count(
                        "MANAGEMENT_MIGRATION_TENANTS_MAX", 100_000, 1, 10_000_000, "tenants of one migration at most"),
                reader.duration(
                        "MANAGEMENT_MIGRATION_RETENTION",
                        Duration.ofDays(30),
                        Duration.ofDays(1),
                        Duration.ofDays(3_650),
                        "how long migrations and their jobs are kept after their end; the audit log stays"));
        if (config.backoffMin.compareTo(config.backoffMax) > 0) {
            reader.problem("MANAGEMENT_MIGRATION_BACKOFF_MIN must not exceed MANAGEMENT_MIGRATION_BACKOFF_MAX");
        }
        return config;
    }

    /** How long to wait after this many attempts. */
    public Duration backoff(int attempts) {
        int doublings = Math.clamp(attempts - 1L, 0, 20);
        Duration wait = backoffMin.multipliedBy(1L << doublings);
        return wait.compareTo(backoffMax) > 0 ? backoffMax : wait;
    }
}
