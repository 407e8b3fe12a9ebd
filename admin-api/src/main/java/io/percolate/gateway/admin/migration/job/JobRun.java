package io.percolate.gateway.admin.migration.job;

import io.percolate.gateway.admin.lifecycle.Evictions;
import io.percolate.gateway.admin.migration.JobStatus;
import io.percolate.gateway.admin.migration.MigrationConfig;
import io.percolate.gateway.admin.migration.MigrationKind;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.eviction.Departing;
import io.percolate.gateway.warmup.eviction.EvictionOutcome;
import io.percolate.gateway.warmup.handoff.ComingSettings;
import io.percolate.gateway.warmup.handoff.MoveOrder;
import io.percolate.gateway.warmup.handoff.MoveOutcome;
import io.percolate.gateway.warmup.handoff.MoveTarget;
import io.percolate.gateway.warmup.handoff.TenantMoves;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Carries one job on, from the step that its row names to its end, or to a later attempt.
 *
 * <p>The saga: the tenant's setting first, since placement is bound by it; then the hand-off; what is left after the last
 * attempt, or when somebody cancels, is undone. A step that was cut off is done again from its beginning: changing the
 * setting is one conditional statement, and the hand-off looks first where the tenant is.
 */
final class JobRun {
    private static final Logger log = LoggerFactory.getLogger(JobRun.class);

    private static final String CUT_OFF = "its attempts were cut off";

    private final JobStore store;
    private final TenantMoves moves;
    private final Evictions evictions;
    private final MigrationConfig config;

    JobRun(JobStore store, TenantMoves moves, Evictions evictions, MigrationConfig config) {
        this.store = store;
        this.moves = moves;
        this.evictions = evictions;
        this.config = config;
    }

    /** Errors with {@link LeaseLost} where another worker has the job, and with {@code DatabaseException}. */
    Mono<JobStatus> run(Job job) {
        return Mono.defer(() -> switch (job.step()) {
            case START -> start(job);
            case HAND_OFF -> isCutOffTooOften(job) ? giveUp(job, CUT_OFF) : handOff(job);
            case EVICT -> isCutOffTooOften(job) ? giveUp(job, CUT_OFF) : evict(job);
            case COMPENSATE -> compensate(job);
            case DONE -> end(job, JobResult.without(JobStatus.COMPLETED, null));
        });
    }

    /** Attempts that end by themselves give up in time; those that end with their worker are counted by the next one. */
    private boolean isCutOffTooOften(Job job) {
        return job.attempts() > config.attemptsMax();
    }

    private Mono<JobStatus> start(Job job) {
        if (job.isCanceled()) {
            return end(job, JobResult.without(JobStatus.CANCELED, null));
        }
        return (job.changesTenant()
                        ? prepared(job)
                        : store.enter(job, JobStep.HAND_OFF).flatMap(this::handOff))
                .onErrorResume(
                        TenantChanged.class,
                        changed -> end(job, JobResult.without(JobStatus.FAILED, changed.getMessage())));
    }

    /** From the change of its setting on a busy tenant's requests wait, so that what takes long is done before. */
    private Mono<JobStatus> prepared(Job job) {
        return moves.prepare(job.tenant(), coming(job))
                .onErrorResume(DatabaseException.class, away -> Mono.just(Optional.empty()))
                .flatMap(pod -> store.redirect(job)
                        .flatMap(redirected -> handOff(redirected, new MoveTarget.Allowed(pod.orElse(null)))));
    }

    private static ComingSettings coming(Job job) {
        return switch (job.kind()) {
            case TIER -> new ComingSettings(Tier.valueOf(job.target()), null, null);
            case REGION -> new ComingSettings(null, job.target(), null);
            case SHARD -> new ComingSettings(null, null, job.target());
            case POD, DRAIN, REBALANCE ->
                throw new IllegalArgumentException("a " + job.kind() + " job changes no setting");
        };
    }

    private Mono<JobStatus> handOff(Job job) {
        return handOff(job, target(job));
    }

    private Mono<JobStatus> handOff(Job job, MoveTarget target) {
        if (job.isCanceled()) {
            return giveUp(job, "canceled");
        }
        return moves.move(new MoveOrder(job.tenant(), target, job.holdMax()))
                .flatMap(outcome -> switch (outcome) {
                    case MoveOutcome.Moved(PodId from, PodId to, long epoch, var held) ->
                        end(job, new JobResult(JobStatus.COMPLETED, from, to, epoch, held, null));
                    case MoveOutcome.InPlace(PodId pod, long epoch) ->
                        end(job, new JobResult(JobStatus.COMPLETED, null, pod, epoch, null, "it was there already"));
                    case MoveOutcome.NotHot _ ->
                        job.drained() == null
                                ? end(job, JobResult.without(JobStatus.COMPLETED, "it was in no pod's memory"))
                                : store.enter(job, JobStep.EVICT).flatMap(this::evict);
                    case MoveOutcome.Busy _ -> again(job, JobStep.HAND_OFF, "its requests did not end in time");
                    case MoveOutcome.NoRoom _ -> again(job, JobStep.HAND_OFF, "no pod that it may go to has room");
                    case MoveOutcome.Contended _ -> again(job, JobStep.HAND_OFF, "another process works on it");
                    case MoveOutcome.Failed(String detail) -> again(job, JobStep.HAND_OFF, detail);
                    case MoveOutcome.NotServed _ -> giveUp(job, "the tenant is deleted or suspended");
                })
                .onErrorResume(
                        DatabaseException.class,
                        away -> again(job, JobStep.HAND_OFF, String.valueOf(away.getMessage())));
    }

    private static MoveTarget target(Job job) {
        return switch (job.kind()) {
            case POD, DRAIN, REBALANCE ->
                job.target().equals(MigrationKind.ELSEWHERE)
                        // One that was in no pod, and was woken meanwhile, is where placement wants it.
                        ? job.source().isEmpty()
                                ? new MoveTarget.Allowed(null)
                                : new MoveTarget.AwayFrom(Set.of(new PodId(job.source())))
                        : new MoveTarget.Into(new PodId(job.target()));
            case TIER, SHARD, REGION -> new MoveTarget.Allowed(null);
        };
    }

    /** What the drained pod keeps of it on disk goes to S3. */
    private Mono<JobStatus> evict(Job job) {
        if (job.isCanceled()) {
            return giveUp(job, "canceled");
        }
        return evictions.find(job.tenant()).flatMap(found -> {
            Optional<Departing> there = found.filter(tenant -> tenant.pod().equals(job.drained()));
            if (there.isEmpty()) {
                return end(job, JobResult.without(JobStatus.COMPLETED, "it was not there any more"));
            }
            if (there.get().residency() != Residency.WARM) {
                return again(job, JobStep.HAND_OFF, "it was woken meanwhile");
            }
            return evictions
                    .forDrain(there.get())
                    .flatMap(outcome -> outcome == EvictionOutcome.DONE
                            ? end(job, new JobResult(JobStatus.COMPLETED, job.drained(), null, null, null, "to S3"))
                            : again(
                                    job,
                                    JobStep.HAND_OFF,
                                    "its eviction to S3 did not come to its end: " + outcome.label()));
        });
    }

    private Mono<JobStatus> again(Job job, JobStep step, String why) {
        if (job.attempts() >= config.attemptsMax()) {
            return giveUp(job, why + " (after " + job.attempts() + " attempts)");
        }
        return store.postpone(job, step, config.backoff(job.attempts()), why).thenReturn(JobStatus.PENDING);
    }

    private Mono<JobStatus> giveUp(Job job, String why) {
        return job.changesTenant()
                ? store.enter(job.failedWith(why), JobStep.COMPENSATE).flatMap(this::compensate)
                : end(job, JobResult.without(ending(job), why));
    }

    /**
     * A tenant that has left goes back, now or with its next wake; one that is in a pod that its settings allow, as where the
     * hand-off has not begun, stays in it.
     */
    private Mono<JobStatus> compensate(Job job) {
        return store.revert(job)
                .then(Mono.defer(() -> putBack(job.tenant(), job)))
                .then(Mono.defer(() -> end(job, JobResult.without(ending(job), job.error()))));
    }

    private Mono<Void> putBack(TenantId tenant, Job job) {
        return moves.move(new MoveOrder(tenant, new MoveTarget.Allowed(null), job.holdMax()))
                .doOnNext(outcome -> log.debug("undoing job {} of tenant {}: {}", job.id(), tenant, outcome))
                .then()
                .onErrorResume(DatabaseException.class, away -> {
                    log.info("tenant {} goes back with its next wake: {}", tenant, away.getMessage());
                    return Mono.empty();
                });
    }

    private static JobStatus ending(Job job) {
        return job.isCanceled() ? JobStatus.CANCELED : JobStatus.FAILED;
    }

    private Mono<JobStatus> end(Job job, JobResult result) {
        return store.end(job, result).thenReturn(result.status());
    }
}
