package io.percolate.gateway.routing.replica;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.directory.RouteReplicas;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The replicas of the management database, and the marks by which the age of their answers is known.
 *
 * <p>One loop writes a mark to the primary every so often, one for each replica looks for it; see {@link RouteReplicas} for
 * what a mark proves. A replica is asked while the mark that it has last shown is young enough, by turns with the others.
 */
public final class ReadReplicas implements RouteReplicas {
    private static final Logger log = LoggerFactory.getLogger(ReadReplicas.class);
    private static final String WRITE_MARK = "INSERT INTO replica_marks (process, mark) VALUES ($1, $2)"
            + " ON CONFLICT (process) DO UPDATE SET mark = EXCLUDED.mark, written_at = now()";
    private static final String SWEEP = "DELETE FROM replica_marks WHERE written_at < now() - interval '1 day'";

    private final Statements primary;
    private final ReplicaConfig config;
    private final LongSupplier nanoClock;
    private final UUID marker = UUID.randomUUID();
    private final MarkLog marks;
    private final List<ReadReplica> all;
    private final AtomicInteger turn = new AtomicInteger();
    private final Disposable.Composite background = Disposables.composite();
    private final AtomicReference<String> markProblem = new AtomicReference<>("");

    private ReadReplicas(
            Statements primary,
            DatabaseConfig database,
            ReplicaConfig config,
            String applicationName,
            MeterRegistry registry,
            LongSupplier nanoClock) {
        this.primary = primary;
        this.config = config;
        this.nanoClock = nanoClock;
        this.marks = new MarkLog(config.ageMax().toNanos());
        this.all = config.servers().stream()
                .map(server -> new ReadReplica(
                        server.toString(),
                        ManagementDatabase.openReplica(
                                database.reading(server, config.timeout()), applicationName, registry),
                        marker,
                        config.timeout()))
                .toList();
        for (ReadReplica replica : all) {
            Gauge.builder("router.replica.age", replica, this::ageSeconds)
                    .description("how old an answer of the replica is; NaN when that is not known")
                    .baseUnit("seconds")
                    .tag("server", replica.name())
                    .register(registry);
            Gauge.builder("router.replica.usable", replica, one -> isUsable(one) ? 1 : 0)
                    .description("whether the replica is asked for routes")
                    .tag("server", replica.name())
                    .register(registry);
        }
    }

    /**
     * @param primary where marks are written
     */
    public static ReadReplicas open(
            Statements primary,
            DatabaseConfig database,
            ReplicaConfig config,
            String applicationName,
            MeterRegistry registry) {
        return new ReadReplicas(primary, database, config, applicationName, registry, System::nanoTime);
    }

    /** Writes marks and looks for them in the background, until {@link #close}. Does nothing without replicas. */
    public void start() {
        if (all.isEmpty()) {
            return;
        }
        background.add(repeated(this::mark));
        all.forEach(replica -> background.add(repeated(replica::probe)));
        background.add(primary.update(SWEEP)
                .subscribe(swept -> {}, error -> log.debug("marks of former processes stay", error)));
    }

    private Disposable repeated(Supplier<Mono<Void>> work) {
        return Flux.interval(Duration.ZERO, config.markInterval())
                .onBackpressureDrop()
                .concatMap(tick -> work.get(), 0)
                .subscribe(done -> {}, error -> log.error("replicas are not looked after any more", error));
    }

    /** Writes a mark. Never errors. */
    private Mono<Void> mark() {
        return Mono.defer(() -> {
                    long mark = marks.begin(nanoClock.getAsLong());
                    return primary.update(WRITE_MARK, marker, mark).doOnNext(done -> {
                        marks.written(mark, nanoClock.getAsLong());
                        markProblem.set("");
                    });
                })
                .onErrorResume(error -> {
                    if (markProblem
                            .getAndSet(String.valueOf(error.getMessage()))
                            .isEmpty()) {
                        log.warn("the age of replicas is not known any more: {}", error.getMessage());
                    }
                    return Mono.empty();
                })
                .then();
    }

    @Override
    public @Nullable Replica pick(TenantId tenant) {
        long now = nanoClock.getAsLong();
        return next(replica ->
                marks.asOf(tenant, replica.mark(), now, ageMaxNanos()).isPresent());
    }

    @Override
    public @Nullable Replica pickInOutage() {
        long now = nanoClock.getAsLong();
        return next(replica -> marks.age(replica.mark(), now).isPresent());
    }

    private @Nullable Replica next(Predicate<ReadReplica> fits) {
        int begin = turn.getAndIncrement();
        for (int i = 0; i < all.size(); i++) {
            ReadReplica replica = all.get(Math.floorMod(begin + i, all.size()));
            if (replica.isAnswering() && fits.test(replica)) {
                return replica;
            }
        }
        return null;
    }

    @Override
    public OptionalLong asOf(TenantId tenant, long mark, long ageMaxNanos) {
        return marks.asOf(tenant, mark, nanoClock.getAsLong(), ageMaxNanos);
    }

    @Override
    public long ageMaxNanos() {
        return config.ageMax().toNanos();
    }

    @Override
    public void changed(TenantId tenant) {
        if (!all.isEmpty()) {
            marks.changed(tenant);
        }
    }

    @Override
    public void distrust() {
        marks.distrust();
    }

    /** How they do; empty without replicas. */
    public Optional<ReplicaStatus> status() {
        if (all.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new ReplicaStatus(
                all.stream().allMatch(this::isUsable),
                all.stream().map(this::told).collect(Collectors.joining("; "))));
    }

    private String told(ReadReplica replica) {
        if (!replica.isAnswering()) {
            return replica.name() + ": " + replica.problem();
        }
        OptionalLong age = marks.age(replica.mark(), nanoClock.getAsLong());
        String text = age.isPresent()
                ? Duration.ofNanos(age.getAsLong()).toMillis() + " ms behind at most"
                : "further behind than is known";
        return replica.name() + ": " + text + (isUsable(replica) ? "" : ", not asked");
    }

    private boolean isUsable(ReadReplica replica) {
        OptionalLong age = marks.age(replica.mark(), nanoClock.getAsLong());
        return replica.isAnswering() && age.isPresent() && age.getAsLong() <= ageMaxNanos();
    }

    private double ageSeconds(ReadReplica replica) {
        OptionalLong age = marks.age(replica.mark(), nanoClock.getAsLong());
        return age.isPresent() ? age.getAsLong() / 1e9 : Double.NaN;
    }

    public Mono<Void> close() {
        return Mono.defer(() -> {
            background.dispose();
            return Flux.fromIterable(all).flatMap(ReadReplica::close).then();
        });
    }
}
