package io.percolate.gateway.admin.migration.job;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import reactor.core.publisher.Mono;

/**
 * Where jobs are kept, on behalf of one worker.
 *
 * <p>Every write about a job holds only while this worker has its lease; else nothing is changed and the call errors with
 * {@link LeaseLost}. Leases run by the store's clock. Errors with {@code DatabaseException}.
 */
interface JobStore {
    /** Takes jobs that are due, as their migrations' pace allows; also those whose worker has not renewed its lease. */
    Mono<List<Job>> claim(int jobsMax);

    /** Which of these jobs this worker still has. */
    Mono<Set<UUID>> renew(Collection<UUID> jobs);

    /** Goes on to a step; the job as its migration stands now. */
    Mono<Job> enter(Job job, JobStep step);

    /**
     * Makes the tenant's tier, shard or region the job's target, and goes on to the hand-off, in one transaction. Errors
     * with {@link TenantChanged} where it is neither what it was nor what it is to be.
     */
    Mono<Job> redirect(Job job);

    /** Makes the tenant's setting what it was, unless somebody has changed it again since. */
    Mono<Void> revert(Job job);

    /** Leaves the job for later. */
    Mono<Void> postpone(Job job, JobStep step, Duration by, String why);

    /** Ends the job, and its migration with the last one; audited, and told to who wants to know, all at once. */
    Mono<Void> end(Job job, JobResult result);

    /** Lets others take these jobs at once. */
    Mono<Void> release(Collection<UUID> jobs);
}
