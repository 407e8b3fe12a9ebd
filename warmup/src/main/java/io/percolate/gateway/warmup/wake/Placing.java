package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.warmup.placement.Assignment;
import io.percolate.gateway.warmup.placement.Candidate;
import io.percolate.gateway.warmup.placement.DataSource;
import io.percolate.gateway.warmup.placement.Plan;
import io.percolate.gateway.warmup.placement.PodChoice;
import io.percolate.gateway.warmup.placement.TenantRow;
import io.percolate.gateway.warmup.placement.TierGrowth;
import io.percolate.gateway.warmup.pod.PodConfig;
import io.percolate.gateway.warmup.pod.PodRow;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Finds one claimed tenant a pod: choose, assign under the next epoch, load; another pod if that one turns out to have
 * no room or not to answer.
 *
 * <p>Going on to another pod is safe although the first may have the load order: nothing is forwarded there before
 * publication, its epoch is outdated by the next assignment, and the data stays with its holder meanwhile. Only the holder
 * itself has no substitute.
 *
 * <p>Of one wake; its steps run one after the other, so nothing here is guarded.
 */
final class Placing {
    private static final Duration ROOM_INTERVAL_MIN = Duration.ofMillis(50);
    private static final Duration ROOM_INTERVAL_MAX = Duration.ofMillis(800);

    private final WakeStore store;
    private final Loading loading;
    private final WakeMetrics metrics;
    private final WakeClock clock;
    private final Scope scope;
    private final TenantRow row;
    /** Pods that have turned the tenant away. */
    private final Set<PodId> tried = new HashSet<>();
    /** Pods that had filled up when it was to be assigned to them; looked at again when there is room. */
    private final Set<PodId> full = new HashSet<>();

    private boolean lookedNow;
    private int candidatesLeft;
    private int restartsLeft;
    private long epoch;
    private long epochFloor;

    Placing(WakeStore store, Loading loading, WakeMetrics metrics, WakeClock clock, Scope scope, TenantRow row) {
        this.store = store;
        this.loading = loading;
        this.metrics = metrics;
        this.clock = clock;
        this.scope = scope;
        this.row = row;
        this.candidatesLeft = scope.candidatesMax();
        this.restartsLeft = scope.restartsMax();
        this.epoch = row.epoch();
    }

    /** Where the tenant is loaded, not yet published. Errors with {@link StepFailed} or {@link ClaimLost}. */
    Mono<Hosting> place(Plan.Place plan) {
        Mono<PodRow> assigned = metrics.timed(row.tier(), WakeMetrics.Phase.PLACE, chooseAndAssign(plan));
        return inRoom(assigned, clock.now(), ROOM_INTERVAL_MIN).flatMap(pod -> load(plan, pod));
    }

    /** Completes once a pod with room is known; errors with {@link StepFailed} when there will be none. */
    Mono<Void> room(Residency settle) {
        Mono<Boolean> known =
                ranked(null).flatMap(ranked -> ranked.isEmpty() ? Mono.error(noCapacity(settle)) : Mono.just(true));
        return inRoom(known, clock.now(), ROOM_INTERVAL_MIN).then();
    }

    /**
     * A tier that is full is given time to make room: its life cycle evicts, or the cluster adds a pod. Who scales it may
     * say that it does, which is waited for longer, or that it cannot, which is told at once.
     */
    private <T> Mono<T> inRoom(Mono<T> attempt, long startNanos, Duration interval) {
        return attempt.onErrorResume(StepFailed.class, failed -> {
            if (!isLackOfPods(failed) || !tried.isEmpty()) {
                return Mono.error(failed);
            }
            Mono<TierGrowth> known = interval.equals(ROOM_INTERVAL_MIN) ? store.growth(row) : store.recentGrowth(row);
            return known.flatMap(growth -> switch (growth) {
                case TierGrowth.Unknown _ -> later(attempt, startNanos, interval, scope.roomWait(), failed);
                case TierGrowth.Growing _ ->
                    later(attempt, startNanos, interval, longest(scope.roomWait(), scope.scaleWait()), failed);
                case TierGrowth.Refused(String text, Duration retryAfter, String detail) ->
                    Mono.error(new StepFailed(
                            Failure.of(FailureKind.WAKE_SCALE_REFUSED, text)
                                    .withRetryAfter(retryAfter)
                                    .withOperatorDetail(detail),
                            failed.settle()));
            });
        });
    }

    private <T> Mono<T> later(
            Mono<T> attempt, long startNanos, Duration interval, Duration waitMax, StepFailed failed) {
        if (waitMax.minus(clock.since(startNanos)).compareTo(interval) < 0) {
            return Mono.error(failed);
        }
        Duration jitter = Duration.ofNanos(ThreadLocalRandom.current().nextLong(interval.toNanos() / 2));
        Duration next = interval.multipliedBy(2);
        return metrics.timed(row.tier(), WakeMetrics.Phase.SCALE, clock.<T>pause(interval.plus(jitter)))
                .switchIfEmpty(Mono.defer(() -> {
                    full.clear();
                    return inRoom(
                            attempt, startNanos, next.compareTo(ROOM_INTERVAL_MAX) > 0 ? ROOM_INTERVAL_MAX : next);
                }));
    }

    private static Duration longest(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }

    /** Loads the tenant again where its data lies, room or not. */
    Mono<Hosting> putBack(PodRow holder) {
        return store.assign(new Assignment(row.tenant(), epoch, epochFloor, holder, null, null, false))
                .flatMap(outcome -> switch (outcome) {
                    case Assignment.Assigned(long next, PodRow _) -> {
                        epoch = next;
                        yield load(holder, next, null, scope.putBackMax());
                    }
                    case Assignment.NoRoomLeft _ -> Mono.just(new LoadOutcome.NoRoom());
                    case Assignment.ClaimLost _ -> Mono.<LoadOutcome>error(claimLost());
                })
                .flatMap(outcome -> outcome instanceof LoadOutcome.Hot
                        ? Mono.just(new Hosting(holder, epoch))
                        : Mono.error(new StepFailed(
                                Failure.of(FailureKind.WAKE_FAILED, "the tenant could not be put back into its pod")
                                        .withOperatorDetail("pod " + holder.id() + ": " + outcome),
                                Residency.WARM)));
    }

    /** The tenant's epoch after the assignments so far. */
    long epoch() {
        return epoch;
    }

    private Mono<List<Candidate>> ranked(@Nullable PodId preferred) {
        return store.recentCandidates(row).map(pods -> ranked(pods, preferred)).flatMap(ranked -> {
            if (!ranked.isEmpty() || lookedNow) {
                return Mono.just(ranked);
            }
            // That there is no room is not believed as of a moment ago before it is waited for.
            lookedNow = true;
            return store.candidates(row).map(pods -> ranked(pods, preferred));
        });
    }

    private List<Candidate> ranked(List<Candidate> pods, @Nullable PodId preferred) {
        return PodChoice.ranked(
                row.tenant(),
                pods.stream()
                        .filter(pod -> scope.allowed().test(pod.id()) && !full.contains(pod.id()))
                        .toList(),
                preferred,
                tried);
    }

    /** Whether placement leaves the tenant in this pod: by tier, region, shard, version and the pod's state, not by room. */
    Mono<Boolean> mayKeep(PodId pod) {
        return store.candidates(row)
                .map(pods -> scope.allowed().test(pod)
                        && pods.stream().map(Candidate::id).anyMatch(pod::equals));
    }

    private Mono<PodRow> chooseAndAssign(Plan.Place plan) {
        if (plan.data() instanceof DataSource.InMemory(PodRow pod, long _) && !tried.contains(pod.id())) {
            // What is counted there may be others that the pod will turn away; this one it has.
            return assign(plan, pod, null, false);
        }
        return ranked(plan.preferred()).flatMap(ranked -> {
            if (ranked.isEmpty()) {
                return Mono.error(noCapacity(settle(plan)));
            }
            PodRow pod = ranked.getFirst().pod();
            PodRow alternative = pod.id().equals(plan.preferred()) || ranked.size() == 1
                    ? null
                    : ranked.get(1).pod();
            return assign(plan, pod, alternative, true);
        });
    }

    private Mono<PodRow> assign(Plan.Place plan, PodRow pod, @Nullable PodRow alternative, boolean intoRoom) {
        return store.assign(new Assignment(row.tenant(), epoch, epochFloor, pod, alternative, plan.holder(), intoRoom))
                .flatMap(outcome -> switch (outcome) {
                    case Assignment.Assigned(long next, PodRow chosen) -> {
                        epoch = next;
                        yield Mono.just(chosen);
                    }
                    case Assignment.NoRoomLeft _ -> {
                        full.add(pod.id());
                        if (alternative != null) {
                            full.add(alternative.id());
                        }
                        yield chooseAndAssign(plan);
                    }
                    case Assignment.ClaimLost _ -> Mono.error(claimLost());
                });
    }

    private Mono<Hosting> load(Plan.Place plan, PodRow pod) {
        return load(
                        pod,
                        epoch,
                        plan.data().restoreFrom(pod.id(), row.tenant()),
                        scope.loadMax().get())
                .flatMap(outcome -> switch (outcome) {
                    case LoadOutcome.Hot _ -> Mono.just(new Hosting(pod, epoch));
                    case LoadOutcome.NoRoom _ -> elsewhere(plan, pod, noCapacity(settle(plan)));
                    case LoadOutcome.NewerEpoch(long newer) -> startOver(plan, pod, newer);
                    case LoadOutcome.Unreachable(String detail) -> {
                        StepFailed away =
                                failed(plan, FailureKind.WAKE_FAILED, "the tenant's pod does not answer", pod, detail);
                        yield pod.id().equals(plan.data().holder()) ? Mono.error(away) : elsewhere(plan, pod, away);
                    }
                    case LoadOutcome.Failed(String detail) ->
                        Mono.error(
                                failed(plan, FailureKind.WAKE_FAILED, "the tenant could not be loaded", pod, detail));
                    case LoadOutcome.Refused(String detail) ->
                        Mono.error(failed(
                                plan,
                                FailureKind.WAKE_POD_REFUSED,
                                "the tenant's pod gave an answer that makes no sense",
                                pod,
                                detail));
                    case LoadOutcome.Late _ ->
                        Mono.error(failed(
                                plan,
                                FailureKind.WAKE_TIMEOUT,
                                "the tenant took too long to load",
                                pod,
                                "still loading"));
                });
    }

    private Mono<LoadOutcome> load(PodRow pod, long underEpoch, @Nullable String restoreFrom, Duration max) {
        return loading.load(new Loading.Target(pod.address(), row.tenant(), underEpoch, restoreFrom, row.tier(), max));
    }

    private Mono<Hosting> elsewhere(Plan.Place plan, PodRow pod, StepFailed otherwise) {
        tried.add(pod.id());
        candidatesLeft--;
        return candidatesLeft > 0
                ? place(plan).onErrorMap(StepFailed.class, next -> isLackOfPods(next) ? otherwise : next)
                : Mono.error(otherwise);
    }

    /** Why the pods that exist would not do says more than that there are no others. */
    private static boolean isLackOfPods(StepFailed failure) {
        return switch (failure.failure().kind()) {
            case WAKE_NO_CAPACITY, WAKE_SCALE_REFUSED -> true;
            default -> false;
        };
    }

    private Mono<Hosting> startOver(Plan.Place plan, PodRow pod, long newer) {
        if (restartsLeft == 0) {
            return Mono.error(failed(
                    plan,
                    FailureKind.WAKE_POD_REFUSED,
                    "the tenant's pod knows of a newer placement",
                    pod,
                    "it knows epoch " + newer + ", the call had " + epoch));
        }
        restartsLeft--;
        epochFloor = Math.max(epochFloor, newer);
        return place(plan);
    }

    private StepFailed noCapacity(Residency settle) {
        return new StepFailed(
                Failure.of(FailureKind.WAKE_NO_CAPACITY, "no pod of tier " + row.tier() + " has room for the tenant")
                        .withOperatorDetail("region " + row.route().region() + ", turned away by " + tried),
                settle);
    }

    private static StepFailed failed(Plan.Place plan, FailureKind kind, String text, PodRow pod, String detail) {
        return new StepFailed(
                Failure.of(kind, text).withOperatorDetail("pod " + pod.id() + ": " + detail), settle(plan));
    }

    /** What a tenant is that moves no more and was loaded nowhere. */
    private static Residency settle(Plan.Place plan) {
        return plan.holder() == null ? Residency.COLD : Residency.WARM;
    }

    private static ClaimLost claimLost() {
        return new ClaimLost("the tenant was assigned by another process");
    }

    /**
     * Where a tenant may go, and how much time it may take.
     *
     * @param allowed pods beyond which none is looked at
     * @param candidatesMax pods tried
     * @param restartsMax times that it starts over because a pod knew a newer epoch
     * @param roomWait for a pod with room
     * @param scaleWait the same while the cluster is starting pods
     * @param loadMax for one load, asked when it begins
     * @param putBackMax for the load where its data lies
     */
    record Scope(
            Predicate<PodId> allowed,
            int candidatesMax,
            int restartsMax,
            Duration roomWait,
            Duration scaleWait,
            Supplier<Duration> loadMax,
            Duration putBackMax) {
        static Scope of(WakeConfig wake, PodConfig pod) {
            return new Scope(
                    any -> true,
                    wake.candidatesMax(),
                    wake.restartsMax(),
                    wake.roomWait(),
                    wake.scaleWait(),
                    pod::loadTimeout,
                    pod.loadTimeout());
        }
    }

    /** A tenant in a pod's memory, under an epoch. */
    record Hosting(PodRow pod, long epoch) {}
}
