package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.warmup.placement.DataSource;
import io.percolate.gateway.warmup.placement.Plan;
import io.percolate.gateway.warmup.placement.Survey;
import io.percolate.gateway.warmup.placement.TenantRow;
import io.percolate.gateway.warmup.pod.PodAnswer;
import io.percolate.gateway.warmup.pod.PodRow;
import io.percolate.gateway.warmup.pod.TierPods;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One tenant's way to hot, from this process's point of view: claim, survey, carry out, publish, purge; or, while another
 * process has the claim, wait for what it tells.
 */
final class Waking {
    private static final Logger log = LoggerFactory.getLogger(Waking.class);
    /** Of a wait for another process, so that an expired lease is not fought over by all at the same instant. */
    private static final Duration PATIENCE_MIN = Duration.ofMillis(10);

    private static final int PATIENCE_JITTER_PARTS = 10;
    private static final Duration HOLDER_INTERVAL_MIN = Duration.ofMillis(50);
    private static final Duration HOLDER_INTERVAL_MAX = Duration.ofMillis(400);
    /** What is kept of the time for recording that it ran out. */
    private static final Duration FAREWELL_MAX = Duration.ofSeconds(1);

    private static final int FAREWELL_PARTS = 10;

    private final WarmupConfig config;
    private final WakeStore store;
    private final RouteDirectory directory;
    private final TierPods pods;
    private final WakeClock clock;
    private final WakeMetrics metrics;
    private final RecentFailures failures;
    private final RandomGenerator random;
    private final Consumer<Mono<Void>> background;
    private final Survey survey;
    private final SilentPods silent;
    private final Loading loading;
    private final Backoff backoff;

    /** @param background runs what nobody waits for */
    Waking(
            WarmupConfig config,
            WakeStore store,
            RouteDirectory directory,
            TierPods pods,
            WakeClock clock,
            WakeMetrics metrics,
            RecentFailures failures,
            RandomGenerator random,
            Consumer<Mono<Void>> background) {
        this.config = config;
        this.store = store;
        this.directory = directory;
        this.pods = pods;
        this.clock = clock;
        this.metrics = metrics;
        this.failures = failures;
        this.random = random;
        this.background = background;
        this.survey = new Survey(config.pod());
        this.silent = new SilentPods(clock.nanos());
        this.loading = new Loading(pods, config.pod(), clock, metrics);
        this.backoff = new Backoff(config.wake().backoffMin(), config.wake().backoffMax());
    }

    /** Ends within the wake's timeout. Errors with {@link FailureException}. */
    Mono<Woken> run(TenantRoute known) {
        Duration timeout = config.wake().timeout();
        return Mono.defer(() -> attempt(known, clock.now()))
                .timeout(timeout, Mono.error(() -> new StepFailed(late(), Residency.MOVING)), clock.timer())
                .onErrorMap(error -> !(error instanceof FailureException), error -> unrecorded(known, error));
    }

    private Mono<Woken> attempt(TenantRoute known, long startNanos) {
        return Mono.defer(() -> {
            AtomicLong claimedAtNanos = new AtomicLong();
            // Not from before its turn, or a lease would seem to have run out before it began.
            Mono<ClaimOutcome> claim = store.inTurn(Mono.defer(() -> {
                claimedAtNanos.set(clock.now());
                return store.claim(known);
            }));
            return metrics.timed(known.tier(), WakeMetrics.Phase.CLAIM, claim).flatMap(outcome -> switch (outcome) {
                case ClaimOutcome.Claimed(TenantRow row) ->
                    work(row, startNanos, claimedAtNanos.get()).onErrorResume(ClaimLost.class, lost -> {
                        log.info("lost the claim on tenant {}: {}", row.tenant(), lost.getMessage());
                        return attempt(known, startNanos);
                    });
                case ClaimOutcome.FoundHot(TenantRow row) -> {
                    directory.learn(row.route());
                    yield Mono.just(new Woken(row.route(), false));
                }
                case ClaimOutcome.HeldByOther(TenantRow row) ->
                    metrics.timed(row.tier(), WakeMetrics.Phase.QUEUE, news(row))
                            .flatMap(news -> news.map(route -> Mono.just(new Woken(route, false)))
                                    .orElseGet(() -> attempt(known, startNanos)));
                case ClaimOutcome.BackingOff(TenantRow row) -> Mono.error(backingOff(row));
                case ClaimOutcome.NotServed(TenantRow row) ->
                    Mono.error(Failure.of(
                                    row.route().status() == TenantStatus.DELETED
                                            ? FailureKind.TENANT_DELETED
                                            : FailureKind.TENANT_SUSPENDED,
                                    "the tenant is not served any more")
                            .toException());
                case ClaimOutcome.Unknown _ ->
                    Mono.error(Failure.of(FailureKind.TENANT_UNKNOWN, "there is no such tenant")
                            .toException());
            });
        });
    }

    /** The hot route that another process has published; empty when it is time to look at the claim again. */
    private Mono<Optional<TenantRoute>> news(TenantRow row) {
        Duration jitter =
                Duration.ofNanos(random.nextLong(config.wake().lease().toNanos() / PATIENCE_JITTER_PARTS + 1));
        Duration patience = row.leaseLeft().compareTo(PATIENCE_MIN) < 0 ? PATIENCE_MIN : row.leaseLeft();
        Flux<RouteLookup> newer = directory
                .watch(row.tenant())
                .filter(lookup -> lookup.version() > row.route().version())
                .onErrorResume(error -> {
                    log.debug("watching tenant {} failed, will look at its claim instead", row.tenant(), error);
                    return Mono.never();
                });
        return Flux.concat(newer, Mono.<RouteLookup>never())
                .next()
                .map(Waking::hotIn)
                .timeout(patience.plus(jitter), Mono.just(Optional.empty()), clock.timer());
    }

    private static Optional<TenantRoute> hotIn(RouteLookup lookup) {
        return switch (lookup) {
            case RouteLookup.Known(TenantRoute route)
            when route.residency() == Residency.HOT && !route.isMisplaced() -> Optional.of(route);
            case RouteLookup.Known _ -> Optional.empty();
            case RouteLookup.Unknown _ -> Optional.empty();
        };
    }

    /** What the holder of the claim does. */
    private Mono<Woken> work(TenantRow row, long startNanos, long claimedAtNanos) {
        Placing placing =
                new Placing(store, loading, metrics, clock, Placing.Scope.of(config.wake(), config.pod()), row);
        Lease lease = new Lease(store, clock, row.tenant(), config.wake().lease(), claimedAtNanos);
        Mono<Woken> steps = askPatiently(row, clock.now(), HOLDER_INTERVAL_MIN)
                .flatMap(plan -> carryOut(row, plan, placing)
                        .flatMap(hosting -> publish(row, hosting).doOnNext(route -> purge(row, plan, hosting)))
                        .map(route -> new Woken(route, true)));
        return lease.guard(steps.timeout(
                        left(startNanos), Mono.error(() -> new StepFailed(late(), Residency.MOVING)), clock.timer())
                .onErrorResume(error -> !(error instanceof ClaimLost), error -> fail(row, placing, stepFailed(error))));
    }

    /** A pod that holds the newest data is waited for: it may just be starting again, or it is declared lost meanwhile. */
    private Mono<Plan> askPatiently(TenantRow row, long startNanos, Duration interval) {
        return ask(row).flatMap(plan -> {
            Duration left = config.wake().holderWait().minus(clock.since(startNanos));
            if (!(plan instanceof Plan.GiveUp(Failure _, boolean mayPass))
                    || !mayPass
                    || left.compareTo(interval) < 0) {
                return Mono.just(plan);
            }
            Duration doubled = interval.multipliedBy(2);
            Duration next = doubled.compareTo(HOLDER_INTERVAL_MAX) > 0 ? HOLDER_INTERVAL_MAX : doubled;
            return clock.<Optional<TenantRow>>pause(interval)
                    .switchIfEmpty(Mono.defer(() -> store.find(row.tenant())))
                    .flatMap(now -> askPatiently(now.orElse(row), startNanos, next));
        });
    }

    /** Pods are asked only where the row leaves open what they have. */
    private Mono<Plan> ask(TenantRow row) {
        return Mono.zip(probe(row, Survey.assignedToAsk(row)), probe(row, row.source()))
                .map(words -> survey.plan(
                        row, words.getT1().orElse(null), words.getT2().orElse(null)));
    }

    private Mono<Optional<PodAnswer.ToProbe>> probe(TenantRow row, @Nullable PodRow pod) {
        return pod == null
                ? Mono.just(Optional.empty())
                : silent.ask(pod.address(), pods.probe(pod.address(), row.tenant()))
                        .map(Optional::of);
    }

    private Mono<Placing.Hosting> carryOut(TenantRow row, Plan plan, Placing placing) {
        return switch (plan) {
            case Plan.Confirm(PodRow pod) -> Mono.just(new Placing.Hosting(pod, row.epoch()));
            case Plan.Place place
            when place.data() instanceof DataSource.InMemory(PodRow pod, long epoch) ->
                placing.mayKeep(pod.id())
                        .flatMap(may -> may
                                ? placing.place(place)
                                : handOff(row, new Plan.HandOff(pod, epoch, false, null), placing));
            case Plan.Place place -> placing.place(place);
            case Plan.HandOff handOff -> handOff(row, handOff, placing);
            case Plan.GiveUp(Failure failure, boolean _) -> Mono.error(new StepFailed(failure, Residency.MOVING));
        };
    }

    private Mono<Placing.Hosting> handOff(TenantRow row, Plan.HandOff plan, Placing placing) {
        return new HandOff(store, pods, clock, metrics, HandOff.Bounds.of(config.wake()), row, placing).run(plan);
    }

    /** Repeated while the database is away: the tenant is loaded, and only this line is missing. */
    private Mono<TenantRoute> publish(TenantRow row, Placing.Hosting hosting) {
        Mono<Optional<TenantRow>> published = Outages.outlast(
                clock,
                Mono.defer(() -> store.publish(row.tenant(), hosting.pod().id(), hosting.epoch())));
        return metrics.timed(row.tier(), WakeMetrics.Phase.PUBLISH, published)
                .flatMap(now -> now.map(hot -> {
                            failures.forget(row.tenant());
                            directory.learn(hot.route());
                            return Mono.just(hot.route());
                        })
                        .orElseGet(() -> Mono.error(new ClaimLost("its publication came too late"))));
    }

    /**
     * Drops the copy that the tenant was loaded from: it is outdated from the first request on. Under the new epoch, which
     * tells the pod that these data count no more and go nowhere.
     */
    private void purge(TenantRow row, Plan plan, Placing.Hosting hosting) {
        PodRow left = switch (plan) {
            case Plan.HandOff(PodRow from, long _, boolean _, var _) -> from;
            case Plan.Place(DataSource.OnPod(PodRow holder, long _), var _, var _) -> holder;
            case Plan.Place(DataSource.InMemory(PodRow holder, long _), var _, var _) -> holder;
            case Plan.Place _, Plan.Confirm _, Plan.GiveUp _ -> null;
        };
        if (left == null || left.id().equals(hosting.pod().id())) {
            return;
        }
        background.accept(pods.evict(left.address(), row.tenant(), hosting.epoch(), TierPods.Keep.NOTHING)
                .doOnNext(answer -> {
                    if (!(answer instanceof PodAnswer.Evicted)) {
                        log.warn("pod {} keeps an old copy of tenant {}: {}", left.id(), row.tenant(), answer);
                    }
                })
                .then());
    }

    private Mono<Woken> fail(TenantRow row, Placing placing, StepFailed failed) {
        Duration retryIn = backoff.after(row.failures(), random);
        Failure failure = told(failed.failure(), retryIn);
        FailureException told = failure.toException();
        log.warn(
                "waking tenant {} failed, next attempt in {} ms: {}",
                row.tenant(),
                retryIn.toMillis(),
                told.getMessage());
        WakeStore.Failed record = new WakeStore.Failed(
                row.tenant(), placing.epoch(), failed.settle(), retryIn, String.valueOf(told.getMessage()));
        return store.fail(record)
                .onErrorResume(DatabaseException.class, unrecorded -> {
                    log.warn(
                            "the failure of tenant {} was not recorded; its claim expires by itself",
                            row.tenant(),
                            unrecorded);
                    failures.record(row.tenant(), failure, retryIn, row.route().version());
                    return Mono.error(told);
                })
                .flatMap(recorded -> recorded.map(now -> {
                            failures.record(
                                    row.tenant(), failure, retryIn, now.route().version());
                            directory.learn(now.route());
                            return Mono.<Woken>error(told);
                        })
                        .orElseGet(() -> Mono.error(new ClaimLost("its failure came too late"))));
    }

    /** One that says itself when to come again is not contradicted by a shorter back-off. */
    private static Failure told(Failure failure, Duration retryIn) {
        Duration own = failure.retryAfter();
        return own != null && own.compareTo(retryIn) > 0 ? failure : failure.withRetryAfter(retryIn);
    }

    private FailureException backingOff(TenantRow row) {
        Failure failure = told(RecordedFailure.of(row.error()), row.retryIn());
        failures.record(row.tenant(), failure, row.retryIn(), row.route().version());
        return failure.toException();
    }

    /** Nothing could be recorded for others; this process leaves the tenant alone for a moment. */
    private FailureException unrecorded(TenantRoute known, Throwable error) {
        Duration retryIn = backoff.after(0, random);
        Failure failure = stepFailed(error).failure().withRetryAfter(retryIn);
        failures.record(known.tenant(), failure, retryIn, known.version());
        FailureException told = failure.toException(error);
        log.warn("waking tenant {} failed: {}", known.tenant(), told.getMessage());
        return told;
    }

    private static StepFailed stepFailed(Throwable error) {
        return switch (error) {
            case StepFailed known -> known;
            case DatabaseException database ->
                new StepFailed(
                        Failure.of(FailureKind.WAKE_FAILED, "the tenant's placement cannot be read or written now")
                                .withOperatorDetail(String.valueOf(database.getMessage())),
                        Residency.MOVING);
            default -> {
                log.error("a wake met an error of this program", error);
                yield new StepFailed(
                        Failure.of(FailureKind.WAKE_FAILED, "the gateway failed to wake the tenant")
                                .withOperatorDetail(error.toString()),
                        Residency.MOVING);
            }
        };
    }

    private Failure late() {
        return Failure.of(FailureKind.WAKE_TIMEOUT, "the tenant was not hot in time")
                .withOperatorDetail("gave up after " + config.wake().timeout().toMillis() + " ms");
    }

    private Duration left(long startNanos) {
        Duration farewell = config.wake().timeout().dividedBy(FAREWELL_PARTS);
        Duration left = config.wake()
                .timeout()
                .minus(farewell.compareTo(FAREWELL_MAX) > 0 ? FAREWELL_MAX : farewell)
                .minus(clock.since(startNanos));
        return left.isNegative() ? Duration.ZERO : left;
    }

    /**
     * A tenant that is hot.
     *
     * @param here whether this process has brought it there
     */
    record Woken(TenantRoute route, boolean here) {}
}
