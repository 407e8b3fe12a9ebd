package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.warmup.handoff.MoveOrder;
import io.percolate.gateway.warmup.handoff.MoveOutcome;
import io.percolate.gateway.warmup.placement.Plan;
import io.percolate.gateway.warmup.placement.TenantRow;
import io.percolate.gateway.warmup.pod.PodAnswer;
import io.percolate.gateway.warmup.pod.PodAnswer.Hosted;
import io.percolate.gateway.warmup.pod.PodRow;
import io.percolate.gateway.warmup.pod.TierPods;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * One planned move of a hot tenant whose claim is held: the target fetches what will not change while the source serves
 * on, then a hand-off, publication, and the old copy is dropped. Its steps run one after the other.
 *
 * <table>
 * <caption>What is left when it is cut off, and who goes on</caption>
 * <tr><th>cut off</th><th>row</th><th>then</th></tr>
 * <tr><td>before the announcement</td><td>hot at the source, claim expired</td><td>nobody has noticed; staged files go by
 *     themselves</td></tr>
 * <tr><td>before the source has let go</td><td>moving, claim expired</td><td>a wake finds it hot there and publishes it as
 *     it was</td></tr>
 * <tr><td>before the assignment</td><td>moving, source</td><td>a wake loads it from the source's disk</td></tr>
 * <tr><td>before the publication</td><td>moving, target and source</td><td>a wake publishes the target if it has loaded
 *     it, else loads it from the source's disk</td></tr>
 * <tr><td>after it</td><td>hot at the target</td><td>the old copy is of an older epoch</td></tr>
 * </table>
 */
final class Move {
    private static final Logger log = LoggerFactory.getLogger(Move.class);
    private static final int SOURCE_UNREACHABLE_MAX = 3;
    /** A load is given this long even when requests have been held for almost as long as they may. */
    private static final Duration LOAD_MIN = Duration.ofMillis(500);

    private static final int CLEAN_UP_ATTEMPTS_MAX = 5;
    private static final Duration CLEAN_UP_PAUSE = Duration.ofMillis(200);

    private final Means means;
    private final MoveOrder order;
    private final TenantRow row;
    private final PodRow source;
    private final PodRow target;
    private final Placing placing;
    private final HandOff handOff;
    private boolean staged;
    private @Nullable PodRow published;
    /** Whether the source has the tenant again, under an epoch newer than any that the target was given. */
    private boolean putBack;

    /** What all moves of a process share, and the store that has this one's claim. */
    record Means(
            MoveConfig config,
            WarmupConfig warmup,
            MoveStore store,
            RouteDirectory directory,
            TierPods pods,
            WakeClock clock,
            WakeMetrics steps,
            MoveMetrics metrics) {}

    /**
     * @param target prepared, and the first to be tried
     * @param allowed pods that may be tried
     */
    Move(Means means, MoveOrder order, TenantRow row, PodRow source, PodRow target, Predicate<PodId> allowed) {
        this.means = means;
        this.order = order;
        this.row = row;
        this.source = source;
        this.target = target;
        WakeConfig wake = means.warmup().wake();
        Placing.Scope scope = new Placing.Scope(
                allowed,
                wake.candidatesMax(),
                wake.restartsMax(),
                Duration.ZERO,
                Duration.ZERO,
                this::loadMax,
                means.warmup().pod().loadTimeout());
        Loading loading = new Loading(means.pods(), means.warmup().pod(), means.clock(), means.steps());
        this.placing = new Placing(means.store(), loading, means.steps(), means.clock(), scope, row);
        this.handOff = new HandOff(
                means.store(),
                means.pods(),
                means.clock(),
                means.steps(),
                new HandOff.Bounds(
                        means.config().notice(),
                        order.holdMax(),
                        means.config().busyInterval(),
                        TierPods.Keep.DISK_FOR_MOVE),
                row,
                placing);
    }

    /** Errors with {@link ClaimLost} only. */
    Mono<MoveOutcome> run() {
        return means.steps()
                .timed(row.tier(), WakeMetrics.Phase.PREPARE, prepare())
                .then(Mono.defer(() -> handOff.run(new Plan.HandOff(source, row.epoch(), true, target.id()))))
                .flatMap(this::publish)
                .onErrorResume(error -> !(error instanceof ClaimLost), error -> settle(stepFailed(error)));
    }

    /** The source is looked at meanwhile: requests that it turns away would wait for this claim. */
    private Mono<Void> prepare() {
        Mono<PodAnswer.ToStage> answer = means.pods()
                .stage(
                        target.address(),
                        row.tenant(),
                        row.epoch(),
                        TierPods.exportUrl(source.address(), row.tenant()),
                        means.config().prepareTimeout());
        return Mono.firstWithSignal(answer, Mono.defer(() -> watchSource(0))).flatMap(answered -> switch (answered) {
            case PodAnswer.Staged(long bytes) -> {
                staged = true;
                means.metrics().prepared(bytes);
                yield Mono.empty();
            }
            case PodAnswer.NotStaging _ -> Mono.empty();
            case PodAnswer.NewerEpoch _, PodAnswer.Refused _ -> {
                log.info("tenant {} moves unprepared: {}: {}", row.tenant(), target.id(), answered);
                yield Mono.empty();
            }
            case PodAnswer.Unreachable(String detail) ->
                Mono.error(failed(FailureKind.WAKE_FAILED, "the target does not answer", target, detail));
        });
    }

    private Mono<PodAnswer.ToStage> watchSource(int unreachable) {
        return means.clock()
                .<PodAnswer.ToProbe>pause(means.config().watchInterval())
                .switchIfEmpty(Mono.defer(() -> means.pods().probe(source.address(), row.tenant())))
                .flatMap(word -> switch (word) {
                    case Hosted hosted
                    when hosted.state() == Hosted.State.HOT && hosted.epoch() == row.epoch() -> watchSource(0);
                    case Hosted hosted ->
                        Mono.error(failed(
                                FailureKind.WAKE_FAILED,
                                "the source has lost the tenant",
                                source,
                                hosted.state() + " under epoch " + hosted.epoch()));
                    case PodAnswer.Unreachable(String detail) ->
                        unreachable + 1 < SOURCE_UNREACHABLE_MAX
                                ? watchSource(unreachable + 1)
                                : Mono.error(
                                        failed(FailureKind.WAKE_FAILED, "the source does not answer", source, detail));
                    case PodAnswer.Refused(int _, String detail) ->
                        Mono.error(failed(FailureKind.WAKE_POD_REFUSED, "the source answers nonsense", source, detail));
                });
    }

    private Duration loadMax() {
        Duration left = order.holdMax().minus(held());
        Duration longest = means.warmup().pod().loadTimeout();
        if (left.compareTo(LOAD_MIN) < 0) {
            return LOAD_MIN;
        }
        return left.compareTo(longest) > 0 ? longest : left;
    }

    private Duration held() {
        long announced = handOff.announcedNanos();
        return announced == 0 ? Duration.ZERO : means.clock().since(announced);
    }

    private Mono<MoveOutcome> publish(Placing.Hosting hosting) {
        Mono<Optional<TenantRow>> publishing = Outages.outlast(
                means.clock(),
                Mono.defer(
                        () -> means.store().publish(row.tenant(), hosting.pod().id(), hosting.epoch())));
        return means.steps()
                .timed(row.tier(), WakeMetrics.Phase.PUBLISH, publishing)
                .flatMap(now -> now.<Mono<MoveOutcome>>map(hot -> {
                            means.directory().learn(hot.route());
                            published = hosting.pod();
                            return Mono.just(new MoveOutcome.Moved(
                                    source.id(), hosting.pod().id(), hosting.epoch(), held()));
                        })
                        .orElseGet(() -> Mono.error(new ClaimLost("its publication came too late"))));
    }

    private Mono<MoveOutcome> settle(StepFailed failed) {
        Failure failure = failed.failure();
        MoveOutcome outcome = switch (failure.kind()) {
            case WAKE_NO_CAPACITY, WAKE_SCALE_REFUSED -> new MoveOutcome.NoRoom();
            default ->
                failed instanceof TenantBusy
                        ? new MoveOutcome.Busy()
                        : new MoveOutcome.Failed(failure.clientDetail() + ": " + failure.operatorDetail());
        };
        log.info("tenant {} was not moved from {}: {}", row.tenant(), source.id(), outcome);
        if (handOff.announcedNanos() != 0) {
            means.metrics().held(held());
        }
        return Outages.outlast(
                        means.clock(),
                        Mono.defer(() -> means.store().release(row.tenant(), placing.epoch(), failed.settle())))
                .onErrorResume(DatabaseException.class, unrecorded -> {
                    log.warn("the claim on tenant {} could not be ended; it expires by itself", row.tenant());
                    return Mono.just(true);
                })
                .doOnNext(released ->
                        putBack = released && failed.settle() == Residency.HOT && placing.epoch() > row.epoch())
                .flatMap(released ->
                        released ? Mono.just(outcome) : Mono.error(new ClaimLost("its failure came too late")));
    }

    /**
     * Drops what counts no more: the old copy of a tenant that was moved, and what is left at a target that did not get it.
     * Under the newest epoch, which tells the pod so. Never errors; what stays is harmless.
     */
    Mono<Void> cleanUp(MoveOutcome outcome) {
        if (outcome instanceof MoveOutcome.Contended) {
            // Another process decides by now what counts.
            return Mono.empty();
        }
        PodRow at = published;
        if (at != null) {
            Mono<Void> unused = at.id().equals(target.id()) ? Mono.empty() : unstage();
            return drop(source, CLEAN_UP_ATTEMPTS_MAX).then(unused);
        }
        // Only where it is sure that nobody publishes what the target has loaded.
        return putBack ? unstage().then(drop(target, CLEAN_UP_ATTEMPTS_MAX)) : unstage();
    }

    private Mono<Void> unstage() {
        return staged
                ? means.pods()
                        .unstage(target.address(), row.tenant(), row.epoch())
                        .then()
                : Mono.empty();
    }

    private Mono<Void> drop(PodRow pod, int attemptsLeft) {
        return means.pods()
                .evict(pod.address(), row.tenant(), placing.epoch(), TierPods.Keep.NOTHING)
                .flatMap(answer -> switch (answer) {
                    case PodAnswer.Evicted _, PodAnswer.NewerEpoch _ -> Mono.empty();
                    case PodAnswer.Busy _
                    when attemptsLeft > 1 ->
                        means.clock()
                                .<Void>pause(CLEAN_UP_PAUSE)
                                .switchIfEmpty(Mono.defer(() -> drop(pod, attemptsLeft - 1)));
                    case PodAnswer.Busy _, PodAnswer.Refused _, PodAnswer.Unreachable _ -> {
                        log.warn("pod {} keeps an old copy of tenant {}: {}", pod.id(), row.tenant(), answer);
                        yield Mono.empty();
                    }
                });
    }

    private StepFailed failed(FailureKind kind, String text, PodRow pod, String detail) {
        return new StepFailed(
                Failure.of(kind, text).withOperatorDetail("pod " + pod.id() + ": " + detail), Residency.HOT);
    }

    private static StepFailed stepFailed(Throwable error) {
        if (error instanceof StepFailed known) {
            return known;
        }
        if (!(error instanceof DatabaseException)) {
            log.error("a move met an error of this program", error);
        }
        // What has happened is not known: whoever comes next asks the pods.
        return new StepFailed(
                Failure.of(FailureKind.WAKE_FAILED, "the move broke off").withOperatorDetail(error.toString()),
                Residency.MOVING);
    }
}
