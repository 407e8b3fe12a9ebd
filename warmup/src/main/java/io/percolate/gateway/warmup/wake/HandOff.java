package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.warmup.placement.DataSource;
import io.percolate.gateway.warmup.placement.Plan;
import io.percolate.gateway.warmup.placement.TenantRow;
import io.percolate.gateway.warmup.pod.PodAnswer;
import io.percolate.gateway.warmup.pod.TierPods;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Takes a tenant out of a pod that must not keep it, to another: look for room, announce, evict to disk, place.
 *
 * <p>Until the eviction has happened a failure leaves the tenant where it was, under the same epoch. After it, the tenant
 * is loaded again where its data lies. The old copy is purged by the caller, once the new one is published.
 */
final class HandOff {
    private static final Logger log = LoggerFactory.getLogger(HandOff.class);

    private final WakeStore store;
    private final TierPods pods;
    private final WakeClock clock;
    private final WakeMetrics metrics;
    private final Bounds bounds;
    private final TenantRow row;
    private final Placing placing;
    private long announcedNanos;

    HandOff(
            WakeStore store,
            TierPods pods,
            WakeClock clock,
            WakeMetrics metrics,
            Bounds bounds,
            TenantRow row,
            Placing placing) {
        this.store = store;
        this.pods = pods;
        this.clock = clock;
        this.metrics = metrics;
        this.bounds = bounds;
        this.row = row;
        this.placing = placing;
    }

    Mono<Placing.Hosting> run(Plan.HandOff plan) {
        return room(plan)
                .then(metrics.timed(row.tier(), WakeMetrics.Phase.ANNOUNCE, Mono.defer(this::announce)))
                .then(metrics.timed(row.tier(), WakeMetrics.Phase.EVICT, Mono.defer(() -> noticed(plan))))
                .flatMap(evicted -> place(plan, evicted));
    }

    /** Before anything is touched: an eviction with nowhere to go would only cost the tenant its memory. */
    private Mono<Void> room(Plan.HandOff plan) {
        return placing.room(stay(plan));
    }

    /** Since when requests are held for it; 0 before. */
    long announcedNanos() {
        return announcedNanos;
    }

    /** Gateways that have heard by now send nothing more that the pod would turn away. */
    private Mono<PodAnswer.Evicted> noticed(Plan.HandOff plan) {
        announcedNanos = clock.now();
        return bounds.notice().isZero()
                ? evict(plan, clock.now())
                : clock.<PodAnswer.Evicted>pause(bounds.notice())
                        .switchIfEmpty(Mono.defer(() -> evict(plan, announcedNanos)));
    }

    private Mono<Void> announce() {
        if (row.residency() != Residency.HOT) {
            return Mono.empty();
        }
        return store.startMoving(row.tenant(), row.epoch())
                .flatMap(moving -> moving ? Mono.empty() : Mono.error(new ClaimLost("the tenant changed meanwhile")));
    }

    private Mono<PodAnswer.Evicted> evict(Plan.HandOff plan, long startNanos) {
        return pods.evict(plan.from().address(), row.tenant(), plan.epoch(), bounds.keep())
                .flatMap(answer -> switch (answer) {
                    case PodAnswer.Evicted evicted -> Mono.just(evicted);
                    case PodAnswer.Busy _ -> again(plan, startNanos, new TenantBusy(busy(plan), stay(plan)));
                    case PodAnswer.Unreachable(String detail) ->
                        again(plan, startNanos, new StepFailed(away(plan, detail), Residency.MOVING));
                    case PodAnswer.NewerEpoch(long newer) ->
                        Mono.error(new StepFailed(refused(plan, "it knows epoch " + newer), stay(plan)));
                    case PodAnswer.Refused(int _, String detail) ->
                        Mono.error(new StepFailed(refused(plan, detail), stay(plan)));
                });
    }

    private Mono<PodAnswer.Evicted> again(Plan.HandOff plan, long startNanos, StepFailed otherwise) {
        Duration left = bounds.busyLimit().minus(clock.since(startNanos));
        return left.compareTo(bounds.busyInterval()) < 0
                ? Mono.error(otherwise)
                : clock.<PodAnswer.Evicted>pause(bounds.busyInterval())
                        .switchIfEmpty(Mono.defer(() -> evict(plan, startNanos)));
    }

    private Mono<Placing.Hosting> place(Plan.HandOff plan, PodAnswer.Evicted evicted) {
        PodId from = plan.from().id();
        Plan.Place onward = evicted.onDisk()
                ? new Plan.Place(new DataSource.OnPod(plan.from(), plan.epoch()), from, plan.preferred())
                : new Plan.Place(
                        DataSource.at(evicted.dataLocation() == null ? row.dataLocation() : evicted.dataLocation()),
                        null,
                        plan.preferred());
        return placing.place(onward)
                .onErrorResume(
                        StepFailed.class, failed -> evicted.onDisk() ? rollBack(plan, failed) : Mono.error(failed));
    }

    /** Always errors: with the first failure, and where the tenant is now. */
    private Mono<Placing.Hosting> rollBack(Plan.HandOff plan, StepFailed failed) {
        return placing.putBack(plan.from())
                .flatMap(back -> Mono.<Placing.Hosting>error(new StepFailed(failed.failure(), Residency.HOT)))
                .onErrorMap(StepFailed.class, error -> {
                    if (error.settle() == Residency.HOT) {
                        return error;
                    }
                    log.warn(
                            "tenant {} stays on the disk of pod {}: {}",
                            row.tenant(),
                            plan.from().id(),
                            error.failure());
                    return new StepFailed(failed.failure(), Residency.WARM);
                });
    }

    /**
     * How patient it is.
     *
     * @param notice between the announcement and the first order to the pod
     * @param busyLimit how long the tenant may stay busy, or its pod away
     * @param busyInterval between two orders
     * @param keep what the pod is left with
     */
    record Bounds(Duration notice, Duration busyLimit, Duration busyInterval, TierPods.Keep keep) {
        static Bounds of(WakeConfig config) {
            return new Bounds(Duration.ZERO, config.busyLimit(), config.busyInterval(), TierPods.Keep.DISK);
        }
    }

    private static Residency stay(Plan.HandOff plan) {
        return plan.serves() ? Residency.HOT : Residency.WARM;
    }

    private Failure busy(Plan.HandOff plan) {
        return Failure.of(FailureKind.WAKE_FAILED, "the tenant is too busy to be moved")
                .withOperatorDetail("pod " + plan.from().id() + " was busy with it for "
                        + bounds.busyLimit().toMillis() + " ms");
    }

    private static Failure away(Plan.HandOff plan, String detail) {
        return Failure.of(FailureKind.WAKE_FAILED, "the pod that hosts the tenant does not answer")
                .withOperatorDetail("pod " + plan.from().id() + ": " + detail);
    }

    private static Failure refused(Plan.HandOff plan, String detail) {
        return Failure.of(FailureKind.WAKE_POD_REFUSED, "the pod that hosts the tenant would not evict it")
                .withOperatorDetail("pod " + plan.from().id() + ": " + detail);
    }
}
