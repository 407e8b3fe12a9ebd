package io.percolate.gateway.warmup.pod;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The pod's row in the table {@code pods}: made at the start, beating while the pod lives, gone at its end. */
public final class PodRegistration {
    private static final Logger log = LoggerFactory.getLogger(PodRegistration.class);
    private static final Duration FAREWELL_MAX = Duration.ofSeconds(2);
    private static final long BYTES_PER_MB = 1_000_000;

    private static final String REGISTER = """
            INSERT INTO pods (id, tier, host, port, region, capacity, status, memory_mb, version_label)
            VALUES ($1, $2, $3, $4, $5, $6, 'ready', $7, $8)
            ON CONFLICT (id) DO UPDATE SET tier = $2, host = $3, port = $4, region = $5, capacity = $6,
                status = 'ready', memory_mb = $7, registered_at = now(), heartbeat_at = now(),
                kept_by_cluster = FALSE, version_label = COALESCE($8, pods.version_label)
            """;
    /** Leaves the status alone: the fleet may have told this pod to drain. */
    private static final String BEAT = "UPDATE pods SET heartbeat_at = now(), memory_mb = $2 WHERE id = $1";

    private static final String BECOME = "UPDATE pods SET heartbeat_at = now(), status = $2 WHERE id = $1";

    private final Statements database;
    private final Registered pod;
    private final Disposable beating;
    private boolean registered;

    /**
     * What the fleet is told of a pod.
     *
     * @param versionLabel of what it runs, by which canaries choose; a pod that says none keeps the label that its row has
     */
    public record Registered(
            PodId id, Tier tier, PodAddress address, String region, int capacity, Optional<String> versionLabel) {
        /** As the column is long. */
        public static final int VERSION_LABEL_CHARS_MAX = 63;

        /** Reads the label. */
        public static Optional<String> readVersionLabel(ConfigReader reader) {
            Optional<String> label = reader.optionalText(
                    "PERCOLATE_VERSION_LABEL",
                    "version of what this pod runs, such as v2, by which canaries choose pods");
            if (label.isPresent() && label.get().length() > VERSION_LABEL_CHARS_MAX) {
                reader.problem("PERCOLATE_VERSION_LABEL: expected at most " + VERSION_LABEL_CHARS_MAX
                        + " characters, got " + label.get().length());
            }
            return label;
        }
    }

    private PodRegistration(Statements database, Registered pod, Duration heartbeat) {
        this.database = database;
        this.pod = pod;
        this.beating = Flux.interval(Duration.ZERO, heartbeat)
                .onBackpressureDrop()
                .concatMap(tick -> beat(), 1)
                .subscribe();
    }

    /** Registers, and beats until told to leave; keeps trying while the database is away. */
    public static PodRegistration start(Statements database, Registered pod, Duration heartbeat) {
        return new PodRegistration(database, pod, heartbeat);
    }

    /** Tells the fleet to place no further tenants here. */
    public Mono<Void> drain() {
        return become("draining");
    }

    /** Ends the beating; the row stays as the drain left it, and the pod's next start makes it ready. */
    public Mono<Void> pause() {
        return Mono.fromRunnable(beating::dispose);
    }

    /** Ends the beating and says goodbye: the data goes with the pod. */
    public Mono<Void> leave() {
        return Mono.<Void>fromRunnable(beating::dispose).then(become("gone"));
    }

    private Mono<Void> beat() {
        return Mono.defer(() -> registered ? database.update(BEAT, pod.id().value(), memoryMb()) : Mono.just(0L))
                .flatMap(rows -> rows == 0 ? register() : Mono.empty())
                .onErrorResume(error -> {
                    log.warn("the management database did not take this pod's heartbeat: {}", error.getMessage());
                    return Mono.empty();
                });
    }

    private Mono<Void> register() {
        return database.update(
                        REGISTER,
                        pod.id().value(),
                        pod.tier().name(),
                        pod.address().host(),
                        pod.address().port(),
                        pod.region(),
                        pod.capacity(),
                        memoryMb(),
                        Statements.nullable(pod.versionLabel().orElse(null), String.class))
                .doOnNext(rows -> registered = true)
                .then();
    }

    private Mono<Void> become(String status) {
        return database.update(BECOME, pod.id().value(), status)
                .timeout(FAREWELL_MAX)
                .onErrorResume(error -> {
                    log.warn("could not tell that this pod is {}: {}", status, error.getMessage());
                    return Mono.empty();
                })
                .then();
    }

    private static int memoryMb() {
        Runtime runtime = Runtime.getRuntime();
        return (int) ((runtime.totalMemory() - runtime.freeMemory()) / BYTES_PER_MB);
    }
}
