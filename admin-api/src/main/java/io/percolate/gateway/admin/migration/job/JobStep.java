package io.percolate.gateway.admin.migration.job;

/** What a job does next. Each step may be repeated from its beginning by another process. */
enum JobStep {
    /** Nothing has been changed yet. */
    START,
    /** The tenant's settings say where it belongs; it is handed over. */
    HAND_OFF,
    /** It was on the disk of a pod that is drained, and goes to S3. */
    EVICT,
    /** Its settings become what they were. */
    COMPENSATE,
    DONE
}
