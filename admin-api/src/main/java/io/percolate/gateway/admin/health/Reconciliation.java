package io.percolate.gateway.admin.health;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.warmup.pod.PodAnswer;
import io.percolate.gateway.warmup.pod.PodAnswer.Hosted;
import io.percolate.gateway.warmup.pod.PodInventory;
import io.percolate.gateway.warmup.pod.PodInventory.Copy;
import io.percolate.gateway.warmup.pod.TierPods;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Compares what a pod has with what the rows say, when it has come (back), and now and then.
 *
 * <p>Copies that count no more are dropped: their epoch is older than the row's, and the row says that the newest data are
 * elsewhere. They are dropped under the row's epoch, by which the pod knows that they go nowhere. Tenants that the row has hot
 * there and the pod has on disk, or not at all, become warm, so that their requests are cold starts instead of detours; it has
 * restarted. What the rows know of memory and sizes is brought up to date.
 */
public final class Reconciliation {
    private static final Logger log = LoggerFactory.getLogger(Reconciliation.class);
    private static final int DROPS_AT_ONCE_MAX = 4;
    private static final int COPIES_OF_ONE_STATEMENT_MAX = 1_000;

    private static final String FREE = "(s.wake_lease_until IS NULL OR s.wake_lease_until <= clock_timestamp())";

    /** $1 the pod, $2 tenants, $3 their epochs there. A claim under way, or a move, is left alone. */
    private static final String OUTDATED = """
            SELECT s.tenant_id, s.epoch
            FROM unnest($2::uuid[], $3::bigint[]) AS c(tenant_id, epoch)
            JOIN tenant_states s ON s.tenant_id = c.tenant_id
            WHERE c.epoch < s.epoch AND s.state <> 'moving' AND s.source_pod_id IS DISTINCT FROM $1 AND %s
              AND NOT (s.pod_id IS NOT DISTINCT FROM $1 AND s.source_pod_id IS NULL AND s.state IN ('hot', 'warm'))
            """.formatted(FREE);

    private static final String SIZES = """
            UPDATE tenant_states s SET memory_mb = c.memory_mb, data_size_mb = c.data_size_mb
            FROM unnest($2::uuid[], $3::bigint[], $4::int[], $5::int[]) AS c(tenant_id, epoch, memory_mb, data_size_mb)
            WHERE s.tenant_id = c.tenant_id AND s.epoch = c.epoch AND s.pod_id = $1
              AND (s.memory_mb, s.data_size_mb) IS DISTINCT FROM (c.memory_mb, c.data_size_mb)
            """;

    /** $2 what the pod has in memory or is loading. Only rows that were hot before the pod was asked: $3 milliseconds. */
    private static final String NOTE_LOST = """
            INSERT INTO lost_tenants (tenant_id, pod_id)
            SELECT s.tenant_id, s.pod_id FROM tenant_states s JOIN tenants t ON t.id = s.tenant_id
            WHERE s.pod_id = $1 AND s.state = 'hot' AND s.tenant_id <> ALL($2) AND t.tier = 'A' AND t.status = 'active'
              AND s.updated_at <= clock_timestamp() - $3 * interval '1 millisecond' AND %s
            ON CONFLICT (tenant_id) DO UPDATE SET pod_id = EXCLUDED.pod_id, retry_at = now()
            """.formatted(FREE);

    private static final String COOL = """
            UPDATE tenant_states s SET state = 'warm'
            WHERE s.pod_id = $1 AND s.state = 'hot' AND s.tenant_id <> ALL($2)
              AND s.updated_at <= clock_timestamp() - $3 * interval '1 millisecond' AND %s
            """.formatted(FREE);

    /** Those of tier A that wait for this pod are woken now. */
    private static final String HURRY =
            "UPDATE lost_tenants SET retry_at = now() WHERE pod_id = $1 AND retry_at > now()";

    private static final String DONE = "UPDATE pods SET reconciled_at = clock_timestamp() WHERE id = $1";

    private static final int PODS_AT_ONCE_MAX = 4;
    /** More wait for the next look. */
    private static final int PODS_OF_ONE_LOOK_MAX = 16;
    /** A pod that did not tell is left alone for this long. */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final HealthConfig config;
    private final ManagementDatabase database;
    private final TierPods pods;
    private final PodInventory inventory;
    private final MeterRegistry meters;
    private final Cache<PodId, Boolean> leftAlone =
            Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(PAUSE).build();

    public Reconciliation(
            HealthConfig config,
            ManagementDatabase database,
            TierPods pods,
            PodInventory inventory,
            MeterRegistry meters) {
        this.config = config;
        this.database = database;
        this.pods = pods;
        this.inventory = inventory;
        this.meters = meters;
    }

    private record Outdated(TenantId tenant, long epoch) {
        static Outdated of(Readable row) {
            return new Outdated(
                    new TenantId(Objects.requireNonNull(row.get("tenant_id", UUID.class))),
                    Objects.requireNonNull(row.get("epoch", Long.class)));
        }
    }

    /** Compares the pods that are due; errors when the database does not answer. */
    public Mono<Void> run() {
        return database.query(
                        WatchedPod.SELECT,
                        WatchedPod::of,
                        config.reconcileInterval().toMillis())
                .flatMapIterable(pods -> pods)
                .filter(pod -> pod.reconcileDue()
                        && !pod.lost()
                        && pod.heartbeatAge().compareTo(config.lateAfter()) <= 0
                        && leftAlone.getIfPresent(pod.id()) == null)
                .take(PODS_OF_ONE_LOOK_MAX)
                .flatMap(this::of, PODS_AT_ONCE_MAX)
                .then();
    }

    private Mono<Void> of(WatchedPod pod) {
        return Mono.defer(() -> {
            long askedNanos = System.nanoTime();
            return inventory.list(pod.address()).flatMap(listing -> switch (listing) {
                case PodInventory.Listed(List<Copy> copies) -> compare(pod, copies, askedNanos);
                case PodInventory.NotListed(String detail) -> {
                    leftAlone.put(pod.id(), true);
                    log.info("pod {} does not say which tenants it has: {}", pod.id(), detail);
                    yield Mono.empty();
                }
            });
        });
    }

    private Mono<Void> compare(WatchedPod pod, List<Copy> copies, long askedNanos) {
        return Flux.fromIterable(copies)
                .buffer(COPIES_OF_ONE_STATEMENT_MAX)
                .concatMap(part -> sizes(pod, part).then(drop(pod, part)))
                .then(Mono.defer(() -> cool(pod, copies, askedNanos)))
                .then(database.update(HURRY, pod.id().value()))
                .then(database.update(DONE, pod.id().value()))
                .then();
    }

    private Mono<Void> drop(WatchedPod pod, List<Copy> copies) {
        Map<TenantId, Copy> byTenant =
                copies.stream().collect(Collectors.toMap(Copy::tenant, Function.identity(), (one, other) -> one));
        return database.query(OUTDATED, Outdated::of, pod.id().value(), tenants(copies), epochs(copies))
                .flatMapMany(Flux::fromIterable)
                .filter(outdated -> isSettled(Objects.requireNonNull(byTenant.get(outdated.tenant()))))
                .flatMap(
                        outdated -> pods.evict(
                                        pod.address(), outdated.tenant(), outdated.epoch(), TierPods.Keep.NOTHING)
                                .doOnNext(answer -> dropped(pod, outdated, answer)),
                        DROPS_AT_ONCE_MAX)
                .then();
    }

    private static boolean isSettled(Copy copy) {
        return switch (copy.state()) {
            case HOT, WARM, FAILED -> true;
            case LOADING, ABSENT -> false;
        };
    }

    private void dropped(WatchedPod pod, Outdated outdated, PodAnswer.ToEvict answer) {
        boolean done = answer instanceof PodAnswer.Evicted;
        meters.counter("reconciled.copies", "outcome", done ? "dropped" : "kept")
                .increment();
        log.info(
                "pod {} had an outdated copy of tenant {}, which is of epoch {} now: {}",
                pod.id(),
                outdated.tenant(),
                outdated.epoch(),
                answer);
    }

    private Mono<Long> sizes(WatchedPod pod, List<Copy> copies) {
        return database.update(
                SIZES,
                pod.id().value(),
                tenants(copies),
                epochs(copies),
                copies.stream().map(Copy::memoryMb).toArray(Integer[]::new),
                copies.stream().map(Copy::dataSizeMb).toArray(Integer[]::new));
    }

    /** A row that became hot after the pod was asked is not judged by its answer. */
    private Mono<Void> cool(WatchedPod pod, List<Copy> copies, long askedNanos) {
        UUID[] inMemory = copies.stream()
                .filter(copy -> copy.state() == Hosted.State.HOT || copy.state() == Hosted.State.LOADING)
                .map(copy -> copy.tenant().value())
                .toArray(UUID[]::new);
        String id = pod.id().value();
        return database.inTransaction(sql -> Mono.defer(() -> {
            long sinceAskedMillis = (System.nanoTime() - askedNanos) / 1_000_000 + 1_000;
            return sql.update(NOTE_LOST, id, inMemory, sinceAskedMillis)
                    .then(sql.update(COOL, id, inMemory, sinceAskedMillis))
                    .doOnNext(cooled -> {
                        if (cooled > 0) {
                            log.info("{} tenants are on the disk of pod {} that were hot there", cooled, id);
                        }
                    })
                    .then();
        }));
    }

    private static UUID[] tenants(List<Copy> copies) {
        return copies.stream().map(copy -> copy.tenant().value()).toArray(UUID[]::new);
    }

    private static Long[] epochs(List<Copy> copies) {
        return copies.stream().map(Copy::epoch).toArray(Long[]::new);
    }
}
