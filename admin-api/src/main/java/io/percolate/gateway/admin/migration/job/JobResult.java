package io.percolate.gateway.admin.migration.job;

import io.percolate.gateway.admin.migration.JobStatus;
import io.percolate.gateway.routing.tenant.PodId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a job ended.
 *
 * @param note what there is to say: why it failed, or why nothing was moved
 */
record JobResult(
        JobStatus status,
        @Nullable PodId from,
        @Nullable PodId to,
        @Nullable Long epoch,
        @Nullable Duration held,
        @Nullable String note) {

    static JobResult without(JobStatus status, @Nullable String note) {
        return new JobResult(status, null, null, null, null, note);
    }
}
