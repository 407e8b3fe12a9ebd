package io.percolate.gateway.admin.health;

import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.pod.PodAnswer;
import io.percolate.gateway.warmup.pod.TierPods;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Has pods store hot tenants in S3 every so often, so that a tier that is configured so goes on from there when a pod is lost.
 * A tenant that was not used since its last snapshot is left alone.
 */
public final class Snapshots {
    private static final Logger log = LoggerFactory.getLogger(Snapshots.class);
    private static final int OF_ONE_LOOK_MAX = 200;

    private static final String DUE = """
            SELECT s.tenant_id, p.host, p.port, s.epoch
            FROM tenant_states s JOIN tenants t ON t.id = s.tenant_id JOIN pods p ON p.id = s.pod_id
            WHERE s.state = 'hot' AND t.tier = $1 AND p.lost_at IS NULL
              AND p.heartbeat_at > clock_timestamp() - $3 * interval '1 millisecond'
              AND (s.snapshot_at IS NULL OR s.snapshot_epoch IS DISTINCT FROM s.epoch
                   OR s.snapshot_at <= clock_timestamp() - $2 * interval '1 millisecond' AND s.last_access_at > s.snapshot_at)
            ORDER BY s.snapshot_at NULLS FIRST LIMIT $4
            """;

    /** While it is hot under the same epoch: after that its data are newer elsewhere, or the same at the same place. */
    private static final String STORED = """
            UPDATE tenant_states SET rocksdb_location = $3, snapshot_epoch = epoch,
                snapshot_at = clock_timestamp() - $4 * interval '1 millisecond'
            WHERE tenant_id = $1 AND epoch = $2 AND state = 'hot'
            """;

    private final HealthConfig config;
    private final ManagementDatabase database;
    private final TierPods pods;
    private final Duration heartbeatMax;
    private final MeterRegistry meters;

    public Snapshots(
            HealthConfig config,
            ManagementDatabase database,
            TierPods pods,
            Duration heartbeatMax,
            MeterRegistry meters) {
        this.config = config;
        this.database = database;
        this.pods = pods;
        this.heartbeatMax = heartbeatMax;
        this.meters = meters;
    }

    private record Due(TenantId tenant, PodAddress address, long epoch) {
        static Due of(Readable row) {
            return new Due(
                    new TenantId(Objects.requireNonNull(row.get("tenant_id", UUID.class))),
                    new PodAddress(
                            Objects.requireNonNull(row.get("host", String.class)),
                            Objects.requireNonNull(row.get("port", Integer.class))),
                    Objects.requireNonNull(row.get("epoch", Long.class)));
        }
    }

    /** Whether any tier wants them. */
    public boolean isOn() {
        return List.of(Tier.values()).stream()
                .anyMatch(tier -> !config.snapshotInterval(tier).isZero());
    }

    /** Stores whoever is due; errors when the database does not answer. */
    public Mono<Void> run() {
        return Flux.fromArray(Tier.values())
                .filter(tier -> !config.snapshotInterval(tier).isZero())
                .concatMap(tier -> database.query(
                        DUE,
                        Due::of,
                        tier.name(),
                        config.snapshotInterval(tier).toMillis(),
                        heartbeatMax.toMillis(),
                        OF_ONE_LOOK_MAX))
                .flatMapIterable(due -> due)
                .flatMap(this::store, config.snapshotsMax())
                .then();
    }

    /** Its moment is counted from before it was ordered: what was written meanwhile may be missing. */
    private Mono<Void> store(Due due) {
        return Mono.defer(() -> {
            long orderedNanos = System.nanoTime();
            return pods.snapshot(due.address(), due.tenant(), due.epoch()).flatMap(answer -> switch (answer) {
                case PodAnswer.Stored(String location) -> {
                    counted("stored");
                    yield database.update(
                                    STORED,
                                    due.tenant().value(),
                                    due.epoch(),
                                    location,
                                    (System.nanoTime() - orderedNanos) / 1_000_000)
                            .then();
                }
                case PodAnswer.Busy _, PodAnswer.NewerEpoch _ -> {
                    counted("changed");
                    yield Mono.empty();
                }
                case PodAnswer.Refused(int _, String detail) -> {
                    counted("refused");
                    log.warn("pod {} stored no snapshot of {}: {}", due.address(), due.tenant(), detail);
                    yield Mono.empty();
                }
                case PodAnswer.Unreachable _ -> {
                    counted("unreachable");
                    yield Mono.empty();
                }
            });
        });
    }

    private void counted(String outcome) {
        meters.counter("hot.snapshots", "outcome", outcome).increment();
    }
}
