package io.percolate.gateway.warmup.eviction;

import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.pod.PodAnswer;
import io.percolate.gateway.warmup.pod.PodAnswer.Hosted;
import io.percolate.gateway.warmup.pod.TierPods;
import io.percolate.gateway.warmup.wake.ClaimLost;
import io.percolate.gateway.warmup.wake.Lease;
import io.percolate.gateway.warmup.wake.WakeClock;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * One step of one tenant down: hot to warm, or warm to cold. Each step is claimed like a wake, so that of all wakes and
 * evictions in the fleet one works on a tenant at a time; requests that come meanwhile are held, and wake it again after.
 *
 * <p>Each step is safe to cut off anywhere and to repeat, by this process or another:
 *
 * <table>
 * <caption>What a crash leaves, and who goes on</caption>
 * <tr><th>cut off</th><th>row</th><th>then</th></tr>
 * <tr><td>before the pod evicted</td><td>moving, claim expired</td><td>a wake finds it hot and publishes it as it was; else
 *     the eviction is repeated</td></tr>
 * <tr><td>after</td><td>moving, claim expired</td><td>a wake loads it from that pod's disk; else the repetition finds it on
 *     disk and says so</td></tr>
 * <tr><td>after the snapshot was stored</td><td>warm, claim expired</td><td>the disk counts: nothing was given up</td></tr>
 * <tr><td>before the pod dropped its copy</td><td>cold</td><td>the copy is of an older epoch, and never read again</td></tr>
 * </table>
 */
public final class Eviction {
    private static final Logger log = LoggerFactory.getLogger(Eviction.class);
    private static final int SETTLE_ATTEMPTS_MAX = 5;
    private static final Duration SETTLE_PAUSE = Duration.ofMillis(50);

    private final ManagementDatabase database;
    private final TierPods pods;
    private final WakeClock clock;
    private final EvictionConfig config;
    private final UUID owner;

    /** @param owner names this process in the claims it takes; no wake of the same process may use it */
    public Eviction(ManagementDatabase database, TierPods pods, WakeClock clock, EvictionConfig config, UUID owner) {
        this.database = database;
        this.pods = pods;
        this.clock = clock;
        this.config = config;
        this.owner = owner;
    }

    /** The tenant as its row is now; empty where there is nothing to evict. */
    public Mono<Optional<Departing>> find(TenantId tenant) {
        return database.queryFirst(EvictionSql.FIND, Eviction::departing, tenant.value());
    }

    /**
     * Out of memory, onto its pod's disk, unless it was used within {@code idle}; zero asks for it in any case. Never
     * errors but with {@code DatabaseException} before anything was claimed.
     */
    public Mono<EvictionOutcome> toWarm(Departing tenant, Duration idle) {
        return pods.probe(tenant.address(), tenant.tenant()).flatMap(word -> switch (word) {
            // Asked before anything is announced: a busy tenant's requests are not held for nothing.
            case Hosted hosted
            when hosted.state() == Hosted.State.HOT && hosted.busy() ->
                tenant.residency() == Residency.MOVING ? leave(tenant, idle) : Mono.just(EvictionOutcome.BUSY);
            case Hosted _ -> leave(tenant, idle);
            case PodAnswer.Refused(int _, String detail) -> {
                log.warn("pod {} answered nonsense about tenant {}: {}", tenant.pod(), tenant.tenant(), detail);
                yield Mono.just(EvictionOutcome.REFUSED);
            }
            case PodAnswer.Unreachable _ -> Mono.just(EvictionOutcome.UNREACHABLE);
        });
    }

    private Mono<EvictionOutcome> leave(Departing tenant, Duration idle) {
        return claimed(
                EvictionSql.CLAIM_HOT,
                tenant,
                idle,
                clock.<PodAnswer.ToEvict>pause(config.notice())
                        .switchIfEmpty(Mono.defer(() ->
                                pods.evict(tenant.address(), tenant.tenant(), tenant.epoch(), TierPods.Keep.DISK)))
                        .flatMap(answer -> switch (answer) {
                            case PodAnswer.Evicted(boolean onDisk, String location) ->
                                onDisk
                                        ? settle(tenant, Residency.WARM, EvictionOutcome.DONE)
                                        : settleCold(tenant, location).thenReturn(EvictionOutcome.DONE);
                            case PodAnswer.Busy _ -> settle(tenant, Residency.HOT, EvictionOutcome.BUSY);
                            case PodAnswer.NewerEpoch(long newer) -> {
                                log.warn(
                                        "pod {} knows epoch {} of tenant {}, its row {}",
                                        tenant.pod(),
                                        newer,
                                        tenant.tenant(),
                                        tenant.epoch());
                                yield settle(tenant, Residency.HOT, EvictionOutcome.REFUSED);
                            }
                            case PodAnswer.Refused(int _, String detail) -> {
                                log.warn("pod {} would not evict {}: {}", tenant.pod(), tenant.tenant(), detail);
                                yield settle(tenant, Residency.HOT, EvictionOutcome.REFUSED);
                            }
                            // It may have evicted it or not: only the pod knows, and whoever comes next asks it.
                            case PodAnswer.Unreachable _ ->
                                settle(tenant, Residency.MOVING, EvictionOutcome.UNREACHABLE);
                        }));
    }

    /** From its pod's disk to S3, unless it was used within {@code idle}; errors as {@link #toWarm}. */
    public Mono<EvictionOutcome> toCold(Departing tenant, Duration idle) {
        return claimed(
                EvictionSql.CLAIM_WARM,
                tenant,
                idle,
                pods.probe(tenant.address(), tenant.tenant()).flatMap(word -> switch (word) {
                    // Under the epoch of those data, which may be older than the row's after a wake that failed.
                    case Hosted hosted when hosted.state() == Hosted.State.WARM -> store(tenant, hosted.epoch());
                    case Hosted _ -> settle(tenant, Residency.WARM, EvictionOutcome.REFUSED);
                    case PodAnswer.Refused _ -> settle(tenant, Residency.WARM, EvictionOutcome.REFUSED);
                    case PodAnswer.Unreachable _ -> settle(tenant, Residency.WARM, EvictionOutcome.UNREACHABLE);
                }));
    }

    private Mono<EvictionOutcome> store(Departing tenant, long dataEpoch) {
        return pods.snapshot(tenant.address(), tenant.tenant(), dataEpoch).flatMap(answer -> switch (answer) {
            case PodAnswer.Stored(String location) ->
                settleCold(tenant, location)
                        .flatMap(epoch -> drop(tenant, epoch).thenReturn(EvictionOutcome.DONE));
            case PodAnswer.Busy _, PodAnswer.NewerEpoch _ -> settle(tenant, Residency.WARM, EvictionOutcome.BUSY);
            case PodAnswer.Refused(int _, String detail) -> {
                log.warn("pod {} stored no snapshot of {}: {}", tenant.pod(), tenant.tenant(), detail);
                yield settle(tenant, Residency.WARM, EvictionOutcome.REFUSED);
            }
            case PodAnswer.Unreachable _ -> settle(tenant, Residency.WARM, EvictionOutcome.UNREACHABLE);
        });
    }

    /** Under the new epoch, which tells the pod that its copy counts no more; one that stays is harmless. */
    private Mono<Void> drop(Departing tenant, long epoch) {
        return pods.evict(tenant.address(), tenant.tenant(), epoch, TierPods.Keep.NOTHING)
                .doOnNext(answer -> {
                    if (!(answer instanceof PodAnswer.Evicted) && !(answer instanceof PodAnswer.NewerEpoch)) {
                        log.warn("pod {} keeps an old copy of tenant {}: {}", tenant.pod(), tenant.tenant(), answer);
                    }
                })
                .then();
    }

    private Mono<EvictionOutcome> claimed(String claim, Departing tenant, Duration idle, Mono<EvictionOutcome> work) {
        return Mono.defer(() -> {
            long claimedAtNanos = clock.now();
            Lease lease = new Lease(
                    id -> database.urgently()
                            .update(
                                    EvictionSql.RENEW,
                                    id.value(),
                                    owner,
                                    config.lease().toMillis())
                            .map(rows -> rows == 1),
                    clock,
                    tenant.tenant(),
                    config.lease(),
                    claimedAtNanos);
            return database.update(
                            claim,
                            tenant.tenant().value(),
                            owner,
                            config.lease().toMillis(),
                            tenant.epoch(),
                            tenant.pod().value(),
                            idle.toMillis())
                    .flatMap(rows -> rows == 0
                            ? Mono.just(EvictionOutcome.CHANGED)
                            : lease.guard(work).onErrorResume(this::isExpected, error -> {
                                log.info("lost tenant {} while it was evicted: {}", tenant.tenant(), error.toString());
                                return Mono.just(EvictionOutcome.LOST);
                            }));
        });
    }

    private boolean isExpected(Throwable error) {
        return error instanceof ClaimLost || error instanceof DatabaseException;
    }

    private Mono<EvictionOutcome> settle(Departing tenant, Residency residency, EvictionOutcome outcome) {
        return persistently(database.update(
                        EvictionSql.SETTLE,
                        tenant.tenant().value(),
                        owner,
                        tenant.epoch(),
                        residency.name().toLowerCase(Locale.ROOT)))
                .map(rows -> rows == 1 ? outcome : EvictionOutcome.LOST);
    }

    /** The epoch from now on. */
    private Mono<Long> settleCold(Departing tenant, @Nullable String location) {
        return persistently(database.queryFirst(
                        EvictionSql.SETTLE_COLD,
                        row -> Objects.requireNonNull(row.get("epoch", Long.class)),
                        tenant.tenant().value(),
                        owner,
                        tenant.epoch(),
                        Statements.nullable(location, String.class)))
                .flatMap(epoch -> epoch.map(Mono::just)
                        .orElseGet(() -> Mono.error(new ClaimLost("the tenant was taken over before it was cold"))));
    }

    /** The pod has done its part and only this line is missing, so the database is waited for, within the lease. */
    private <T> Mono<T> persistently(Mono<T> statement) {
        return statement.retryWhen(Retry.backoff(SETTLE_ATTEMPTS_MAX, SETTLE_PAUSE)
                .scheduler(clock.timer())
                .filter(DatabaseException.class::isInstance)
                .onRetryExhaustedThrow((retry, signal) -> signal.failure()));
    }

    /** Of a row with the columns of {@link EvictionSql#FIND}. */
    public static Departing departing(Readable row) {
        return new Departing(
                new TenantId(Objects.requireNonNull(row.get("tenant_id", UUID.class))),
                Tier.valueOf(Objects.requireNonNull(row.get("tier", String.class))),
                Residency.valueOf(
                        Objects.requireNonNull(row.get("state", String.class)).toUpperCase(Locale.ROOT)),
                new PodId(Objects.requireNonNull(row.get("pod_id", String.class))),
                new PodAddress(
                        Objects.requireNonNull(row.get("host", String.class)),
                        Objects.requireNonNull(row.get("port", Integer.class))),
                Objects.requireNonNull(row.get("epoch", Long.class)));
    }
}
