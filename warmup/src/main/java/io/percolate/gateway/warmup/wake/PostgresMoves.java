package io.percolate.gateway.warmup.wake;

import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.warmup.handoff.ComingSettings;
import io.percolate.gateway.warmup.handoff.MoveOrder;
import io.percolate.gateway.warmup.handoff.MoveOutcome;
import io.percolate.gateway.warmup.handoff.MoveTarget;
import io.percolate.gateway.warmup.handoff.TenantMoves;
import io.percolate.gateway.warmup.placement.Candidate;
import io.percolate.gateway.warmup.placement.PodChoice;
import io.percolate.gateway.warmup.placement.TenantRow;
import io.percolate.gateway.warmup.pod.PodAnswer;
import io.percolate.gateway.warmup.pod.PodRow;
import io.percolate.gateway.warmup.pod.TierPods;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Planned moves over PostgreSQL: looks where the tenant is, finds it a pod, and moves it under the wake's own claim.
 *
 * <p>Where another process left a tenant in the middle of a move, the wake settles it first, by what the pods say; then
 * the tenant is looked at anew, and is in place already if the move had come that far.
 */
public final class PostgresMoves implements TenantMoves {
    private static final Logger log = LoggerFactory.getLogger(PostgresMoves.class);
    /** Moves of others that one order settles before its own; a tenant that is left moving once more has to wait. */
    private static final int SETTLED_MAX = 2;

    private final MoveConfig config;
    private final WarmupConfig warmup;
    private final Supplier<MoveStore> stores;
    private final RouteDirectory directory;
    private final Wake wake;
    private final TierPods pods;
    private final WakeClock clock;
    private final WakeMetrics steps;
    private final MoveMetrics metrics;

    /** @param stores of an identity of its own for each move, so that no move can act on the claim of another */
    PostgresMoves(
            MoveConfig config,
            WarmupConfig warmup,
            Supplier<MoveStore> stores,
            RouteDirectory directory,
            Wake wake,
            TierPods pods,
            MeterRegistry registry,
            WakeClock clock) {
        this.config = config;
        this.warmup = warmup;
        this.stores = stores;
        this.directory = directory;
        this.wake = wake;
        this.pods = pods;
        this.clock = clock;
        this.steps = new WakeMetrics(registry, clock, "move.step.duration");
        this.metrics = new MoveMetrics(registry);
    }

    /** @param wake settles what other processes left; borrowed, as all else is */
    public static PostgresMoves create(
            MoveConfig config,
            WarmupConfig warmup,
            ManagementDatabase database,
            RouteDirectory directory,
            Wake wake,
            TierPods pods,
            MeterRegistry registry) {
        return new PostgresMoves(
                config,
                warmup,
                () -> new PostgresWakeStore(
                        database,
                        UUID.randomUUID(),
                        config.lease(),
                        warmup.pod().heartbeatMax()),
                directory,
                wake,
                pods,
                registry,
                new WakeClock(Schedulers.parallel(), System::nanoTime));
    }

    @Override
    public Mono<MoveOutcome> move(MoveOrder order) {
        return Mono.defer(() -> look(order, stores.get(), SETTLED_MAX)).doOnNext(metrics::count);
    }

    private Mono<MoveOutcome> look(MoveOrder order, MoveStore store, int settledLeft) {
        return store.find(order.tenant()).flatMap(found -> {
            TenantRow row = found.orElse(null);
            if (row == null || row.route().status() != TenantStatus.ACTIVE) {
                return Mono.just(new MoveOutcome.NotServed());
            }
            if (row.owner() != null) {
                return Mono.just(new MoveOutcome.Contended());
            }
            return switch (row.residency()) {
                case WARM, COLD, ARCHIVED -> Mono.just(new MoveOutcome.NotHot());
                case MOVING ->
                    settledLeft == 0 ? Mono.just(new MoveOutcome.Contended()) : settle(order, store, row, settledLeft);
                case HOT -> fromHot(order, store, row);
            };
        });
    }

    /** Finishes what another process did not. */
    private Mono<MoveOutcome> settle(MoveOrder order, MoveStore store, TenantRow row, int settledLeft) {
        log.info("tenant {} was left moving by another process and is settled first", order.tenant());
        return wake.wake(row.route())
                .flatMap(route -> look(order, store, settledLeft - 1))
                .onErrorResume(
                        FailureException.class,
                        failed -> Mono.just(new MoveOutcome.Failed("it was left moving, and cannot be settled: "
                                + failed.failure().clientDetail())));
    }

    private Mono<MoveOutcome> fromHot(MoveOrder order, MoveStore store, TenantRow row) {
        PodRow source = Objects.requireNonNull(row.pod());
        if (!row.route().isMisplaced() && isMet(order.target(), source.id())) {
            return Mono.just(new MoveOutcome.InPlace(source.id(), row.epoch()));
        }
        return store.candidates(row).flatMap(candidates -> {
            if (order.target() instanceof MoveTarget.Allowed && isAmong(candidates, source)) {
                return Mono.just(new MoveOutcome.InPlace(source.id(), row.epoch()));
            }
            PodRow target = target(order.target(), row, candidates);
            if (target == null) {
                return Mono.just(new MoveOutcome.NoRoom());
            }
            return target.id().equals(source.id())
                    ? Mono.just(new MoveOutcome.InPlace(source.id(), row.epoch()))
                    : claimed(order, store, row, source, target)
                            .flatMap(outcome -> unstage(order.target(), row, candidates, target)
                                    .thenReturn(outcome));
        });
    }

    /** What was prepared elsewhere than the tenant went first. */
    private Mono<Void> unstage(MoveTarget target, TenantRow row, List<Candidate> candidates, PodRow tried) {
        return target instanceof MoveTarget.Allowed(PodId prepared) && prepared != null && !prepared.equals(tried.id())
                ? Flux.fromIterable(candidates)
                        .filter(pod -> pod.id().equals(prepared))
                        .flatMap(pod -> pods.unstage(pod.pod().address(), row.tenant(), row.epoch()))
                        .then()
                : Mono.empty();
    }

    @Override
    public Mono<Optional<PodId>> prepare(TenantId tenant, ComingSettings coming) {
        return Mono.defer(() -> {
            MoveStore store = stores.get();
            return store.find(tenant)
                    .flatMap(found -> found.filter(row -> row.residency() == Residency.HOT
                                    && row.route().status() == TenantStatus.ACTIVE)
                            .map(row -> prepare(store, row, coming))
                            .orElseGet(() -> Mono.just(Optional.empty())));
        });
    }

    private Mono<Optional<PodId>> prepare(MoveStore store, TenantRow row, ComingSettings coming) {
        PodRow source = Objects.requireNonNull(row.pod());
        TenantRow then = row.withRoute(coming.applied(row.route()));
        return store.candidates(then).flatMap(candidates -> {
            PodRow target = isAmong(candidates, source) ? null : target(new MoveTarget.Allowed(null), then, candidates);
            if (target == null) {
                return Mono.just(Optional.empty());
            }
            return pods.stage(
                            target.address(),
                            row.tenant(),
                            row.epoch(),
                            TierPods.exportUrl(source.address(), row.tenant()),
                            config.prepareTimeout())
                    .map(answer -> {
                        if (answer instanceof PodAnswer.Staged(long bytes)) {
                            metrics.prepared(bytes);
                            return Optional.of(target.id());
                        }
                        log.info("tenant {} is not prepared for at {}: {}", row.tenant(), target.id(), answer);
                        return Optional.empty();
                    });
        });
    }

    private static boolean isAmong(List<Candidate> candidates, PodRow pod) {
        return candidates.stream().anyMatch(candidate -> candidate.id().equals(pod.id()));
    }

    private static boolean isMet(MoveTarget target, PodId pod) {
        return switch (target) {
            case MoveTarget.Into(PodId into) -> pod.equals(into);
            case MoveTarget.AwayFrom(Set<PodId> from) -> !from.contains(pod);
            case MoveTarget.Allowed _ -> false;
        };
    }

    private static boolean isAllowed(MoveTarget target, PodId pod) {
        return switch (target) {
            case MoveTarget.Into(PodId into) -> pod.equals(into);
            case MoveTarget.AwayFrom(Set<PodId> from) -> !from.contains(pod);
            case MoveTarget.Allowed _ -> true;
        };
    }

    private static @Nullable PodRow target(MoveTarget target, TenantRow row, List<Candidate> candidates) {
        List<Candidate> allowed =
                candidates.stream().filter(pod -> isAllowed(target, pod.id())).toList();
        PodId first = target instanceof MoveTarget.Allowed(PodId prepared) ? prepared : null;
        return PodChoice.ranked(row.tenant(), allowed, first, Set.of()).stream()
                .findFirst()
                .map(Candidate::pod)
                .orElse(null);
    }

    private Mono<MoveOutcome> claimed(MoveOrder order, MoveStore store, TenantRow row, PodRow source, PodRow target) {
        return Mono.defer(() -> {
            long claimedAtNanos = clock.now();
            return store.claimForMove(row.tenant(), source.id(), row.epoch()).flatMap(claimed -> {
                if (!claimed) {
                    return Mono.just(new MoveOutcome.Contended());
                }
                Move move = new Move(
                        new Move.Means(config, warmup, store, directory, pods, clock, steps, metrics),
                        order,
                        row,
                        source,
                        target,
                        pod -> isAllowed(order.target(), pod) && !pod.equals(source.id()));
                Lease lease = new Lease(store, clock, row.tenant(), config.lease(), claimedAtNanos);
                return lease.guard(move.run())
                        .onErrorResume(ClaimLost.class, lost -> {
                            log.info("lost tenant {} while it was moved: {}", row.tenant(), lost.getMessage());
                            return Mono.just(new MoveOutcome.Contended());
                        })
                        .flatMap(outcome -> move.cleanUp(outcome).thenReturn(outcome));
            });
        });
    }
}
