package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.placement.Canary;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.topology.RendezvousTable;
import io.percolate.gateway.routing.topology.ShardGroup;
import io.percolate.gateway.routing.topology.ShardId;
import io.percolate.gateway.warmup.placement.Assignment;
import io.percolate.gateway.warmup.placement.Candidate;
import io.percolate.gateway.warmup.placement.TenantRow;
import io.percolate.gateway.warmup.placement.TierGrowth;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Wakes in the management database: each change is one conditional statement, and PostgreSQL's clock runs the leases. */
final class PostgresWakeStore implements MoveStore {
    private static final int CONFLICTS_MAX = 3;
    private static final Duration CONFLICT_PAUSE = Duration.ofMillis(10);
    private static final int ERROR_CHARS_MAX = 500;

    private final ManagementDatabase database;
    private final UUID owner;
    private final Duration lease;
    private final Duration heartbeatMax;
    private final Map<Tier, Canary> canaries;
    private final ClaimRenewals renewals;
    private final ManyAssignments assignments;
    private final RecentReads<Whereabouts, List<Candidate>> candidates;
    private final RecentReads<Whereabouts, TierGrowth> growths;
    private final RecentReads<Tier, List<RendezvousTable.Node<ShardId>>> shards;

    /** For one tenant: everything is read when it is asked for. */
    PostgresWakeStore(ManagementDatabase database, UUID owner, Duration lease, Duration heartbeatMax) {
        this(database, owner, lease, heartbeatMax, Map.of(), Duration.ZERO);
    }

    /**
     * @param canaries of the tiers that have one
     * @param recent how old an answer about pods and shards may be that many tenants share
     */
    PostgresWakeStore(
            ManagementDatabase database,
            UUID owner,
            Duration lease,
            Duration heartbeatMax,
            Map<Tier, Canary> canaries,
            Duration recent) {
        this.canaries = Map.copyOf(canaries);
        this.database = database;
        this.owner = owner;
        this.lease = lease;
        this.heartbeatMax = heartbeatMax;
        this.renewals = new ClaimRenewals(database.urgently(), owner, lease);
        this.assignments = new ManyAssignments(database, owner, lease, heartbeatMax);
        this.candidates = new RecentReads<>(recent, System::nanoTime);
        this.growths = new RecentReads<>(recent, System::nanoTime);
        this.shards = new RecentReads<>(recent, System::nanoTime);
    }

    @Override
    public Mono<ClaimOutcome> claim(TenantRoute known) {
        return inConnection(sql -> sql.update(
                        WakeSql.CLAIM, known.tenant().value(), owner, lease.toMillis(), known.version())
                .flatMap(claimed -> read(sql, known.tenant())
                        .map(row -> row.map(found -> outcome(found, claimed == 1, known))
                                .orElseGet(ClaimOutcome.Unknown::new))));
    }

    private static ClaimOutcome outcome(TenantRow row, boolean claimed, TenantRoute known) {
        if (claimed) {
            return new ClaimOutcome.Claimed(row);
        }
        if (row.route().status() != TenantStatus.ACTIVE) {
            return new ClaimOutcome.NotServed(row);
        }
        if (row.isInPlace() && row.route().version() > known.version()) {
            return new ClaimOutcome.FoundHot(row);
        }
        return row.owner() == null && !row.retryIn().isZero()
                ? new ClaimOutcome.BackingOff(row)
                : new ClaimOutcome.HeldByOther(row);
    }

    @Override
    public Mono<Boolean> renew(TenantId tenant) {
        return renewals.renew(tenant);
    }

    @Override
    public Mono<List<Candidate>> candidates(TenantRow row) {
        return shard(row, shardsOf(row.tier())).flatMap(shard -> candidates(row, where -> read(row, where), shard));
    }

    /**
     * Not shared with a tenant that is in a pod, whose own room is not to be counted, nor where shards decide: which pods are a
     * shard's is not looked at again as the tenant is assigned.
     */
    @Override
    public Mono<List<Candidate>> recentCandidates(TenantRow row) {
        if (row.pod() != null || row.source() != null || row.route().shard() != null) {
            return candidates(row);
        }
        return shards.get(row.tier(), shardsOf(row.tier()))
                .flatMap(ofTier -> ofTier.isEmpty()
                        ? candidates(row, where -> candidates.get(where, read(row, where)), Optional.empty())
                        : candidates(row));
    }

    private Mono<List<Candidate>> candidates(
            TenantRow row, Function<Whereabouts, Mono<List<Candidate>>> reading, Optional<String> shard) {
        Whereabouts anywhere = new Whereabouts(row.tier(), row.route().region(), shard.orElse(null), null, false);
        Canary canary = canaries.get(row.tier());
        return canary == null
                ? reading.apply(anywhere)
                : reading.apply(anywhere.of(canary.label(), canary.holds(row.tenant())))
                        // Better in a pod of the other version than in none.
                        .flatMap(wished -> wished.stream().anyMatch(pod -> pod.free() > 0)
                                ? Mono.just(wished)
                                : reading.apply(anywhere));
    }

    private Mono<List<Candidate>> read(TenantRow row, Whereabouts where) {
        return database.query(
                WakeSql.CANDIDATES,
                WakeRows::candidate,
                row.tenant().value(),
                where.tier().name(),
                where.region(),
                heartbeatMax.toMillis(),
                Statements.nullable(where.shard(), String.class),
                Statements.nullable(where.label(), String.class),
                where.wanted());
    }

    /** The shard whose pods may have the tenant: the one that it is pinned to, else its own among those of its tier. */
    private static Mono<Optional<String>> shard(TenantRow row, Mono<List<RendezvousTable.Node<ShardId>>> ofTier) {
        String pin = row.route().shard();
        return pin != null
                ? Mono.just(Optional.of(pin))
                : ofTier.map(shards -> Optional.ofNullable(ShardGroup.home(row.tenant(), shards))
                        .map(ShardId::value));
    }

    private Mono<List<RendezvousTable.Node<ShardId>>> shardsOf(Tier tier) {
        return database.query(WakeSql.SHARDS_OF_TIER, WakeRows::shard, tier.name());
    }

    @Override
    public Mono<TierGrowth> growth(TenantRow row) {
        return database.queryFirst(
                        WakeSql.GROWTH,
                        WakeRows::growth,
                        row.tier().name(),
                        row.route().region())
                .map(growth -> growth.orElseGet(TierGrowth.Unknown::new));
    }

    @Override
    public Mono<TierGrowth> recentGrowth(TenantRow row) {
        return growths.get(new Whereabouts(row.tier(), row.route().region(), null, null, false), growth(row));
    }

    /**
     * By what the pods that may have a tenant are told.
     *
     * @param label of their version, if that matters
     * @param wanted whether they must have it, or must not
     */
    private record Whereabouts(
            Tier tier,
            String region,
            @Nullable String shard,
            @Nullable String label,
            boolean wanted) {
        Whereabouts of(String versionLabel, boolean have) {
            return new Whereabouts(tier, region, shard, versionLabel, have);
        }
    }

    @Override
    public Mono<Assignment.Outcome> assign(Assignment assignment) {
        return assignments
                .assign(assignment)
                .doOnNext(outcome -> {
                    if (outcome instanceof Assignment.NoRoomLeft) {
                        candidates.forget();
                    }
                })
                .retryWhen(conflicts());
    }

    @Override
    public Mono<Boolean> startMoving(TenantId tenant, long epoch) {
        return database.update(WakeSql.START_MOVING, tenant.value(), owner, epoch)
                .map(rows -> rows == 1)
                .retryWhen(conflicts());
    }

    @Override
    public Mono<Optional<TenantRow>> publish(TenantId tenant, PodId pod, long epoch) {
        return inConnection(sql -> sql.update(WakeSql.PUBLISH, tenant.value(), owner, epoch, pod.value())
                .flatMap(rows -> rows == 1 ? read(sql, tenant) : Mono.just(Optional.<TenantRow>empty())));
    }

    @Override
    public Mono<Optional<TenantRow>> fail(Failed failed) {
        Residency settle = failed.settle();
        String error = failed.error();
        return inConnection(sql -> sql.update(
                        WakeSql.FAIL,
                        failed.tenant().value(),
                        owner,
                        failed.epoch(),
                        settle.name().toLowerCase(Locale.ROOT),
                        failed.retryIn().toMillis(),
                        error.substring(0, Math.min(error.length(), ERROR_CHARS_MAX)))
                .flatMap(rows -> rows == 1 ? read(sql, failed.tenant()) : Mono.just(Optional.<TenantRow>empty())));
    }

    @Override
    public Mono<Optional<TenantRow>> find(TenantId tenant) {
        return database.queryFirst(WakeSql.READ, WakeRows::tenant, tenant.value());
    }

    @Override
    public Mono<Boolean> claimForMove(TenantId tenant, PodId pod, long epoch) {
        return database.update(WakeSql.CLAIM_FOR_MOVE, tenant.value(), owner, lease.toMillis(), epoch, pod.value())
                .map(rows -> rows == 1)
                .retryWhen(conflicts());
    }

    @Override
    public Mono<Boolean> release(TenantId tenant, long epoch, Residency settle) {
        return database.update(
                        WakeSql.RELEASE,
                        tenant.value(),
                        owner,
                        epoch,
                        settle.name().toLowerCase(Locale.ROOT))
                .map(rows -> rows == 1)
                .retryWhen(conflicts());
    }

    private static Mono<Optional<TenantRow>> read(Statements sql, TenantId tenant) {
        return sql.queryFirst(WakeSql.READ, WakeRows::tenant, tenant.value());
    }

    private <T> Mono<T> inConnection(Function<Statements, Mono<T>> work) {
        return database.inConnection(work).retryWhen(conflicts());
    }

    private static Retry conflicts() {
        return Retry.backoff(CONFLICTS_MAX, CONFLICT_PAUSE)
                .filter(error ->
                        error instanceof DatabaseException known && known.kind() == DatabaseException.Kind.CONFLICT)
                .onRetryExhaustedThrow((retry, signal) -> signal.failure());
    }
}
