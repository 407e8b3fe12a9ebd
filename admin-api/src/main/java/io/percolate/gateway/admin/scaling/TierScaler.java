package io.percolate.gateway.admin.scaling;

import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.eviction.Departing;
import io.percolate.gateway.warmup.eviction.Eviction;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Looks at one tier of this region: its pods, who waits for a place, and whether nobody needs it at all.
 *
 * <p>What is wanted is computed from what is there, and written only if the workload is as it was read. So several
 * processes that look at the same time raise by what is needed, once; and a number that an autoscaler or a person has set
 * meanwhile is read again, never overwritten. It is never lowered but to zero, and to that only when the tier hosts nobody.
 */
final class TierScaler {
    private static final Logger log = LoggerFactory.getLogger(TierScaler.class);
    private static final int CONFLICTS_MAX = 5;
    private static final Duration CONFLICT_PAUSE = Duration.ofMillis(20);
    /** Before those that wait are told that the API is away: an API server that restarts is back by then. */
    private static final Duration AWAY_MAX = Duration.ofSeconds(5);

    private static final int EVICTIONS_MAX = 50;

    private final ManagementDatabase database;
    private final Cluster cluster;
    private final PodRegistry registry;
    private final Function<Departing, Mono<?>> toCold;
    private final ScalingConfig config;
    private final ScalingConfig.OfTier bounds;
    private final Tier tier;
    private final Duration heartbeatMax;
    private final Duration pressureIdleMin;
    private final Clock clock;
    private final ScalingMeters meters;
    private final TierState state;
    private volatile long quietUntilMillis;
    private volatile long awaySinceMillis;

    /**
     * @param toCold takes a warm tenant to S3; never errors
     * @param pressureIdleMin tenants that were not used for longer give up their places when others wait
     */
    TierScaler(
            ManagementDatabase database,
            Cluster cluster,
            PodRegistry registry,
            Function<Departing, Mono<?>> toCold,
            ScalingConfig config,
            Tier tier,
            Duration heartbeatMax,
            Duration pressureIdleMin,
            Clock clock,
            ScalingMeters meters) {
        this.database = database;
        this.cluster = cluster;
        this.registry = registry;
        this.toCold = toCold;
        this.config = config;
        this.bounds = Objects.requireNonNull(config.tiers().get(tier));
        this.tier = tier;
        this.heartbeatMax = heartbeatMax;
        this.pressureIdleMin = pressureIdleMin;
        this.clock = clock;
        this.meters = meters;
        this.state = new TierState(tier, config.region());
    }

    /** One look. Errors when the database does not answer; what the cluster does wrong is told, and counted. */
    Mono<Void> look() {
        return Mono.defer(() -> {
            Cluster.Sight sight = cluster.pods(bounds.workload());
            return registry.sync(sight)
                    .then(Mono.defer(() -> Mono.zip(demand(), state.read(database))))
                    .flatMap(read -> act(sight, read.getT1().counted(sight.current()), read.getT2()));
        });
    }

    private Mono<Demand> demand() {
        return database.queryFirst(
                        ScalingSql.DEMAND,
                        Demand::of,
                        tier.name(),
                        config.region(),
                        heartbeatMax.toMillis(),
                        registry.key(),
                        pressureIdleMin.toMillis())
                .map(Optional::orElseThrow);
    }

    private Mono<Void> act(Cluster.Sight sight, Demand demand, TierState.Row row) {
        meters.show(tier, sight, demand);
        if (row.state() == TierState.State.SHRINKING && demand.claims() > 0) {
            return takeBack(sight).then(state.growing(database));
        }
        if (demand.unmet() > 0) {
            return grow(sight, demand, CONFLICTS_MAX);
        }
        // For who comes next, too, until it is found out anew.
        if (row.state() == TierState.State.REFUSED && row.valid() && demand.free() == 0) {
            return Mono.empty();
        }
        boolean idle = demand.isIdle();
        if (idle
                && !bounds.zeroAfter().isZero()
                && row.isIdleFor(bounds.zeroAfter())
                && !(sight.current() && sight.pods().isEmpty())) {
            return shrink(sight, demand);
        }
        return state.steady(database, row, idle);
    }

    private Mono<Void> grow(Cluster.Sight sight, Demand demand, int attemptsLeft) {
        if (clock.millis() < quietUntilMillis) {
            return Mono.empty();
        }
        return cluster.replicas(bounds.workload())
                .flatMap(replicas -> creation(sight, replicas).flatMap(creation -> {
                    int capacity = replicas.capacity() > 0 ? replicas.capacity() : tier.hotTenantsPerPod();
                    Growth growth = Growth.decide(
                            demand,
                            replicas.count(),
                            capacity,
                            bounds,
                            sight.pods(),
                            creation,
                            clock.instant(),
                            config.startMax());
                    return growth.replicas() == replicas.count()
                            ? tell(growth, demand)
                            : raise(replicas, growth, demand, attemptsLeft);
                }))
                .doOnSuccess(done -> awaySinceMillis = 0)
                .onErrorResume(Cluster.ClusterException.class, failed -> failed(failed, demand));
    }

    /** Asked only where pods are missing. */
    private Mono<Optional<Obstacle>> creation(Cluster.Sight sight, Cluster.Replicas replicas) {
        long coming = sight.pods().stream().filter(ClusterPod::isComing).count();
        return coming < replicas.count() ? cluster.creationObstacle(bounds.workload()) : Mono.just(Optional.empty());
    }

    private Mono<Void> raise(Cluster.Replicas read, Growth growth, Demand demand, int attemptsLeft) {
        return cluster.setReplicas(bounds.workload(), read, growth.replicas()).flatMap(change -> switch (change) {
            case DONE -> {
                meters.count(tier, "raised");
                log.info(
                        "raised {} from {} to {} pods: {} wakes wait, {} places are free",
                        bounds.workload(),
                        read.count(),
                        growth.replicas(),
                        demand.waiting(),
                        demand.free());
                yield tell(growth, demand);
            }
            case CONFLICT -> {
                meters.count(tier, "conflict");
                yield attemptsLeft == 0 ? Mono.empty() : again(attemptsLeft - 1);
            }
        });
    }

    /** From the start: who was faster may have done all that is needed. */
    private Mono<Void> again(int attemptsLeft) {
        return Mono.delay(CONFLICT_PAUSE).then(Mono.defer(this::demand)).flatMap(demand -> {
            Cluster.Sight sight = cluster.pods(bounds.workload());
            return demand.unmet() == 0 ? Mono.empty() : grow(sight, demand.counted(sight.current()), attemptsLeft);
        });
    }

    private Mono<Void> tell(Growth growth, Demand demand) {
        if (growth.hope()) {
            return state.growing(database);
        }
        return growth.obstacle().isPresent() ? refuse(growth.obstacle().get(), demand) : Mono.empty();
    }

    /** Where the life cycle has somebody to evict, those that wait get a place without a further pod. */
    private Mono<Void> refuse(Obstacle obstacle, Demand demand) {
        if (demand.evictable() > 0) {
            return Mono.empty();
        }
        meters.count(tier, obstacle.refusal().label());
        log.warn(
                "{} wakes of tier {} wait for a place, and the cluster gives none: {}: {}",
                demand.waiting(),
                tier,
                obstacle.refusal().label(),
                obstacle.detail());
        return state.refused(database, obstacle);
    }

    private Mono<Void> failed(Cluster.ClusterException failed, Demand demand) {
        long now = clock.millis();
        quietUntilMillis = now + failed.retryAfter().toMillis();
        if (failed.refusal() != Refusal.API_UNAVAILABLE) {
            awaySinceMillis = 0;
            return refuse(new Obstacle(failed.refusal(), String.valueOf(failed.getMessage())), demand);
        }
        meters.count(tier, failed.refusal().label());
        if (awaySinceMillis == 0) {
            awaySinceMillis = now;
            log.warn("{} cannot be scaled now, will be tried again: {}", bounds.workload(), failed.getMessage());
        }
        return now - awaySinceMillis < AWAY_MAX.toMillis()
                ? Mono.empty()
                : refuse(new Obstacle(failed.refusal(), String.valueOf(failed.getMessage())), demand);
    }

    /** First whoever lies on its disks goes to S3; then its pods take nobody; then it is scaled to zero. */
    private Mono<Void> shrink(Cluster.Sight sight, Demand demand) {
        if (clock.millis() < quietUntilMillis) {
            return Mono.empty();
        }
        if (demand.warm() > 0) {
            return database.query(ScalingSql.WARM, Eviction::departing, tier.name(), config.region(), EVICTIONS_MAX)
                    .flatMapIterable(tenants -> tenants)
                    .concatMap(toCold)
                    .then();
        }
        return drained().flatMap(empty -> empty ? toZero(sight) : Mono.empty());
    }

    private Mono<Boolean> drained() {
        return database.inTransaction(sql -> sql.query(ScalingSql.LOCK_PODS, row -> true, tier.name(), config.region())
                .then(Mono.defer(() -> sql.queryFirst(
                        ScalingSql.HOSTED,
                        row -> Objects.requireNonNull(row.get("hosted", Integer.class)),
                        tier.name(),
                        config.region())))
                .flatMap(hosted -> hosted.orElseThrow() > 0
                        ? Mono.just(false)
                        : sql.update(ScalingSql.DRAIN, tier.name(), config.region(), registry.key())
                                .then(Mono.defer(() -> state.shrinking(sql)))
                                .thenReturn(true)));
    }

    private Mono<Void> toZero(Cluster.Sight sight) {
        return cluster.replicas(bounds.workload())
                .flatMap(read -> read.count() == 0
                        ? Mono.just(Cluster.Change.DONE)
                        : cluster.setReplicas(bounds.workload(), read, 0).doOnNext(change -> {
                            if (change == Cluster.Change.DONE) {
                                meters.count(tier, "zeroed");
                                log.info(
                                        "scaled {} to zero: nobody was hot for {}",
                                        bounds.workload(),
                                        bounds.zeroAfter());
                            }
                        }))
                .then()
                .onErrorResume(Cluster.ClusterException.class, failed -> {
                    quietUntilMillis = clock.millis()
                            + Math.max(
                                    failed.retryAfter().toMillis(),
                                    failed.refusal().retryAfter().toMillis());
                    meters.count(tier, failed.refusal().label());
                    log.warn("{} could not be scaled to zero: {}", bounds.workload(), failed.getMessage());
                    return takeBack(sight)
                            .then(state.steady(
                                    database, new TierState.Row(TierState.State.SHRINKING, null, true), true));
                });
    }

    /** The pods that were told to take nobody, and that the cluster has not told to stop. */
    private Mono<Void> takeBack(Cluster.Sight sight) {
        List<String> ready = sight.pods().stream()
                .filter(pod -> pod.phase() == ClusterPod.Phase.READY)
                .map(ClusterPod::name)
                .toList();
        return database.update(
                        ScalingSql.TAKE_BACK,
                        tier.name(),
                        config.region(),
                        registry.key(),
                        ready.toArray(String[]::new))
                .then();
    }
}
