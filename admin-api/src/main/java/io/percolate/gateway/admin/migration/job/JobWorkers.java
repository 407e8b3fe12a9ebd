package io.percolate.gateway.admin.migration.job;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.admin.http.Label;
import io.percolate.gateway.admin.lifecycle.Evictions;
import io.percolate.gateway.admin.migration.JobStatus;
import io.percolate.gateway.admin.migration.MigrationConfig;
import io.percolate.gateway.admin.webhook.Outbox;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.warmup.handoff.TenantMoves;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * This process's workers: they claim jobs that are due, carry them on, and keep their leases. Every process of the fleet
 * has some; a job whose worker dies is another's after its lease.
 */
public final class JobWorkers {
    private static final Logger log = LoggerFactory.getLogger(JobWorkers.class);
    private static final int RENEWALS_PER_LEASE = 3;
    private static final Duration FAREWELL_MAX = Duration.ofSeconds(1);

    private final MigrationConfig config;
    private final JobStore store;
    private final JobRun run;
    private final MeterRegistry meters;
    private final Counter failures;
    private final ConcurrentMap<UUID, Disposable> running = new ConcurrentHashMap<>();
    private final Disposable.Composite loops = Disposables.composite();
    private final AtomicBoolean failing = new AtomicBoolean();

    JobWorkers(MigrationConfig config, JobStore store, TenantMoves moves, Evictions evictions, MeterRegistry meters) {
        this.config = config;
        this.store = store;
        this.run = new JobRun(store, moves, evictions, config);
        this.meters = meters;
        this.failures = Counter.builder("work.failures")
                .description("Rounds of the fleet's own work that failed")
                .tag("work", "migrations")
                .register(meters);
        Gauge.builder("migration.jobs.running", running, ConcurrentMap::size)
                .description("Jobs of migrations that this process works on")
                .register(meters);
    }

    public static JobWorkers create(
            MigrationConfig config,
            ManagementDatabase database,
            TenantMoves moves,
            Evictions evictions,
            Outbox outbox,
            MeterRegistry meters) {
        return new JobWorkers(
                config, new PostgresJobStore(database, outbox, UUID.randomUUID(), config), moves, evictions, meters);
    }

    public void start() {
        if (config.workers() == 0) {
            return;
        }
        loops.add(Flux.interval(config.interval())
                .onBackpressureDrop()
                .concatMap(tick -> look(), 1)
                .subscribe(done -> {}, error -> log.error("looking for jobs has ended", error)));
        loops.add(Flux.interval(config.lease().dividedBy(RENEWALS_PER_LEASE))
                .onBackpressureDrop()
                .concatMap(tick -> renew(), 1)
                .subscribe(done -> {}, error -> log.error("renewing jobs' leases has ended", error)));
    }

    /** Lets go of what is under way, which another process takes up at once. Never errors. */
    public Mono<Void> stop() {
        return Mono.defer(() -> {
            loops.dispose();
            List<UUID> left = List.copyOf(running.keySet());
            running.values().forEach(Disposable::dispose);
            return left.isEmpty()
                    ? Mono.<Void>empty()
                    : store.release(left).timeout(FAREWELL_MAX).onErrorComplete();
        });
    }

    private Mono<Void> look() {
        int free = config.workers() - running.size();
        return (free <= 0 ? Mono.just(List.<Job>of()) : store.claim(free))
                .doOnNext(jobs -> {
                    jobs.forEach(this::begin);
                    if (failing.compareAndSet(true, false)) {
                        log.info("jobs are found again");
                    }
                })
                .onErrorResume(error -> {
                    failures.increment();
                    if (failing.compareAndSet(false, true)) {
                        log.warn("no jobs can be claimed, which is tried again", error);
                    }
                    return Mono.empty();
                })
                .then();
    }

    private void begin(Job job) {
        Disposable.Swap handle = Disposables.swap();
        if (running.putIfAbsent(job.id(), handle) != null) {
            // Its lease ran out under this very process; the attempt under way goes on under the new one.
            return;
        }
        handle.update(run.run(job)
                .doOnNext(status -> counted(job, status))
                .doFinally(signal -> running.remove(job.id(), handle))
                .subscribe(done -> {}, error -> leave(job, error)));
    }

    /** The job's lease runs out, and somebody takes it up where its row says. */
    private static void leave(Job job, Throwable error) {
        switch (error) {
            case LeaseLost lost -> log.info("job {}: {}", job.id(), lost.getMessage());
            case DatabaseException away ->
                log.warn("job {} is left until its lease ends: {}", job.id(), away.getMessage());
            default -> log.error("job {} met an error of this program", job.id(), error);
        }
    }

    private Mono<Void> renew() {
        List<UUID> mine = List.copyOf(running.keySet());
        if (mine.isEmpty()) {
            return Mono.empty();
        }
        return store.renew(mine)
                .doOnNext(
                        kept -> mine.stream().filter(job -> !kept.contains(job)).forEach(this::abandon))
                .onErrorResume(error -> {
                    log.warn("the leases of {} jobs were not renewed: {}", mine.size(), error.toString());
                    return Mono.empty();
                })
                .then();
    }

    /** One that has just ended is not there any more, and that is all. */
    private void abandon(UUID job) {
        Disposable handle = running.remove(job);
        if (handle != null && !handle.isDisposed()) {
            handle.dispose();
        }
    }

    private void counted(Job job, JobStatus status) {
        meters.counter("migration.jobs", "kind", Label.of(job.kind()), "outcome", Label.of(status))
                .increment();
    }
}
