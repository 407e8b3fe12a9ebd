package io.percolate.gateway.admin.migration;

/** How far a migration is. */
public enum MigrationStatus {
    RUNNING,
    /** No job starts; those under way end. */
    PAUSED,
    /** No job starts; what was begun is undone or ended. */
    CANCELED,
    COMPLETED,
    /** All jobs have ended, some without success. */
    FAILED
}
