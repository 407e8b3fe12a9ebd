package io.percolate.gateway.admin.scaling;

import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.Tier;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Brings the table {@code pods}, by which all else finds pods, in line with what the cluster tells of one workload.
 *
 * <p>Pods that register themselves are only marked as the workload's, and taken from the wakes' choice when the cluster
 * stops them. Others are entered here, and beaten for as long as they answer {@code /health} themselves: neither the
 * cluster's slowness in noticing a dead node nor an API that is away changes what the table says of them.
 *
 * <p>A pod that is missing while the watch is up takes no tenants from then on. It is gone, with its disk, if it is a
 * Deployment's, and its heartbeat has stopped as well; a StatefulSet's returns.
 */
final class PodRegistry {
    private static final Logger log = LoggerFactory.getLogger(PodRegistry.class);
    private static final int BEATS_PER_HEARTBEAT = 4;
    private static final int PROBES_AT_ONCE = 16;

    private static final String KNOWN = """
            SELECT id, host, port, capacity, status, workload, incarnation, kept_by_cluster,
                   (EXTRACT(EPOCH FROM clock_timestamp() - heartbeat_at) * 1000)::bigint AS age_ms
            FROM pods WHERE workload = $1 OR id = ANY($2)
            """;

    private static final String ENTER = """
            INSERT INTO pods AS p (id, tier, host, port, region, capacity, status, workload, incarnation, kept_by_cluster)
            VALUES ($1, $2, $3, $4, $5, $6, 'ready', $7, $8, TRUE)
            ON CONFLICT (id) DO UPDATE
            SET workload = EXCLUDED.workload, incarnation = EXCLUDED.incarnation,
                host = CASE WHEN p.kept_by_cluster THEN EXCLUDED.host ELSE p.host END,
                port = CASE WHEN p.kept_by_cluster THEN EXCLUDED.port ELSE p.port END,
                capacity = CASE WHEN p.kept_by_cluster THEN EXCLUDED.capacity ELSE p.capacity END,
                status = CASE WHEN p.kept_by_cluster AND p.incarnation IS DISTINCT FROM EXCLUDED.incarnation
                              THEN 'ready' ELSE p.status END,
                heartbeat_at = CASE WHEN p.kept_by_cluster AND p.incarnation IS DISTINCT FROM EXCLUDED.incarnation
                                    THEN clock_timestamp() ELSE p.heartbeat_at END
            """;

    private static final String BECOME = "UPDATE pods SET status = $2 WHERE id = $1 AND workload = $3 AND status = $4";
    private static final String GONE = """
            UPDATE pods SET status = 'gone'
            WHERE id = $1 AND workload = $2 AND heartbeat_at <= clock_timestamp() - $3 * interval '1 millisecond'
            """;
    private static final String BEAT = "UPDATE pods SET heartbeat_at = now() WHERE id = $1 AND kept_by_cluster";

    private final ManagementDatabase database;
    private final Function<PodAddress, Mono<Boolean>> health;
    private final ScalingConfig config;
    private final Tier tier;
    private final Workload workload;
    private final String key;
    private final Duration heartbeatMax;
    private final LongSupplier nanos;
    private volatile long beatAtNanos;

    /** @param health whether a pod answers, within a deadline, and never errors */
    PodRegistry(
            ManagementDatabase database,
            Function<PodAddress, Mono<Boolean>> health,
            ScalingConfig config,
            Tier tier,
            Workload workload,
            Duration heartbeatMax,
            LongSupplier nanos) {
        this.database = database;
        this.health = health;
        this.config = config;
        this.tier = tier;
        this.workload = workload;
        this.key = config.namespace() + "/" + workload;
        this.heartbeatMax = heartbeatMax;
        this.nanos = nanos;
        this.beatAtNanos = nanos.getAsLong() - heartbeatMax.toNanos();
    }

    /** The workload's name in the table. */
    String key() {
        return key;
    }

    Mono<Void> sync(Cluster.Sight sight) {
        Map<String, ClusterPod> seen = sight.pods().stream()
                .collect(Collectors.toMap(ClusterPod::name, Function.identity(), (first, second) -> second));
        return database.query(KNOWN, Known::of, key, seen.keySet().toArray(String[]::new))
                .flatMap(rows -> {
                    Map<String, Known> known = rows.stream().collect(Collectors.toMap(Known::id, Function.identity()));
                    List<Mono<Long>> changes = new ArrayList<>();
                    seen.values().forEach(pod -> changes.addAll(arrived(pod, known.get(pod.name()))));
                    rows.stream()
                            .filter(row -> sight.current() && isMissing(seen.get(row.id())))
                            .forEach(row -> changes.addAll(lost(row)));
                    return Flux.concat(changes).then(beat(sight, seen, rows));
                });
    }

    private static boolean isMissing(@Nullable ClusterPod pod) {
        return pod == null || pod.phase() == ClusterPod.Phase.ENDED;
    }

    private List<Mono<Long>> arrived(ClusterPod pod, @Nullable Known row) {
        return switch (pod.phase()) {
            case READY -> ready(pod, row);
            case STARTING ->
                row != null && row.kept() && row.status().equals("ready")
                        ? List.of(become(row.id(), "ready", "starting"))
                        : List.of();
            case TERMINATING -> row == null ? List.of() : draining(row);
            case ENDED -> List.of();
        };
    }

    private List<Mono<Long>> ready(ClusterPod pod, @Nullable Known row) {
        String host = pod.host();
        if (host == null) {
            return List.of();
        }
        int capacity = pod.capacity() > 0 ? pod.capacity() : tier.hotTenantsPerPod();
        List<Mono<Long>> changes = new ArrayList<>();
        if (row == null || row.differs(key, pod, host, config.podPort(), capacity)) {
            changes.add(database.update(
                            ENTER,
                            pod.name(),
                            tier.name(),
                            host,
                            config.podPort(),
                            config.region(),
                            capacity,
                            key,
                            pod.incarnation())
                    .doOnNext(rows -> log.info("pod {} of {} is ready at {}", pod.name(), workload, host)));
        }
        if (row != null && row.kept() && row.status().equals("starting")) {
            changes.add(become(row.id(), "starting", "ready"));
        }
        return changes;
    }

    private List<Mono<Long>> lost(Known row) {
        if (!key.equals(row.workload())) {
            return List.of();
        }
        List<Mono<Long>> changes = new ArrayList<>(draining(row));
        if (workload.kind() == Workload.Kind.DEPLOYMENT
                && !row.status().equals("gone")
                && row.age().compareTo(heartbeatMax) > 0) {
            changes.add(database.update(GONE, row.id(), key, heartbeatMax.toMillis())
                    .doOnNext(rows -> log.info("pod {} of {} is gone", row.id(), workload)));
        }
        return changes;
    }

    private List<Mono<Long>> draining(Known row) {
        return switch (row.status()) {
            case "ready", "starting" -> List.of(become(row.id(), row.status(), "draining"));
            default -> List.of();
        };
    }

    private Mono<Long> become(String id, String from, String to) {
        return database.update(BECOME, id, to, key, from);
    }

    /** For those that do not beat themselves. Who is lost is not asked: another pod may have its address by now. */
    private Mono<Void> beat(Cluster.Sight sight, Map<String, ClusterPod> seen, List<Known> rows) {
        if (nanos.getAsLong() - beatAtNanos
                < heartbeatMax.dividedBy(BEATS_PER_HEARTBEAT).toNanos()) {
            return Mono.empty();
        }
        beatAtNanos = nanos.getAsLong();
        return Flux.fromIterable(rows)
                .filter(row -> row.kept()
                        && key.equals(row.workload())
                        && !row.status().equals("gone")
                        && !(sight.current() && isMissing(seen.get(row.id()))))
                .flatMap(
                        row -> health.apply(row.address())
                                .flatMap(alive -> alive ? database.update(BEAT, row.id()) : Mono.just(0L)),
                        PROBES_AT_ONCE)
                .then();
    }

    /** A row of the table. */
    private record Known(
            String id,
            PodAddress address,
            int capacity,
            String status,
            @Nullable String workload,
            @Nullable String incarnation,
            boolean kept,
            Duration age) {
        static Known of(Readable row) {
            return new Known(
                    Objects.requireNonNull(row.get("id", String.class)),
                    new PodAddress(
                            Objects.requireNonNull(row.get("host", String.class)),
                            Objects.requireNonNull(row.get("port", Integer.class))),
                    Objects.requireNonNull(row.get("capacity", Integer.class)),
                    Objects.requireNonNull(row.get("status", String.class)),
                    row.get("workload", String.class),
                    row.get("incarnation", String.class),
                    Objects.requireNonNull(row.get("kept_by_cluster", Boolean.class)),
                    Duration.ofMillis(Objects.requireNonNull(row.get("age_ms", Long.class))));
        }

        boolean differs(String key, ClusterPod pod, String host, int port, int ofPod) {
            return !key.equals(workload)
                    || !pod.incarnation().equals(incarnation)
                    || (kept && (!address.equals(new PodAddress(host, port)) || capacity != ofPod));
        }
    }
}
