package io.percolate.gateway.admin.migration;

/** How far one tenant's job is; {@link #PAUSED} is what other tools may set. */
public enum JobStatus {
    PENDING,
    RUNNING,
    PAUSED,
    COMPLETED,
    FAILED,
    CANCELED
}
