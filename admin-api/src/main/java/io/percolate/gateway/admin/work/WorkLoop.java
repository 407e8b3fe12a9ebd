package io.percolate.gateway.admin.work;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.postgres.Statements;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Does its work every interval, one pass at a time, in the one process of the fleet that holds the work's lease.
 *
 * <p>The lease saves the others the trouble; it guards nothing. A pass that goes on after its lease, in a process that was
 * paused, is harmless, since each step of it is claimed for itself.
 */
public final class WorkLoop {
    private static final Logger log = LoggerFactory.getLogger(WorkLoop.class);
    private static final int INTERVALS_PER_LEASE = 4;
    private static final Duration LEASE_MIN = Duration.ofSeconds(2);
    private static final Duration FAREWELL_MAX = Duration.ofSeconds(1);

    private final String work;
    private final Duration interval;
    private final WorkLease lease;
    private final Mono<Void> everywhere;
    private final Mono<Void> pass;
    private final Counter failures;
    private final AtomicBoolean failing = new AtomicBoolean();
    private volatile Disposable running = () -> {};

    /**
     * @param everywhere what every process does in each round, whoever holds the lease
     * @param pass one round of the work, cold; errors are counted and the next round comes all the same
     */
    public WorkLoop(
            String work,
            Duration interval,
            Statements database,
            MeterRegistry meters,
            Mono<Void> everywhere,
            Mono<Void> pass) {
        this.work = work;
        this.interval = interval;
        this.lease = new WorkLease(database, work, UUID.randomUUID(), lease(interval));
        this.everywhere = everywhere;
        this.pass = pass;
        this.failures = Counter.builder("work.failures")
                .description("Rounds of the fleet's own work that failed")
                .tag("work", work)
                .register(meters);
    }

    static Duration lease(Duration interval) {
        Duration lease = interval.multipliedBy(INTERVALS_PER_LEASE);
        return lease.compareTo(LEASE_MIN) < 0 ? LEASE_MIN : lease;
    }

    public void start() {
        running = Flux.interval(interval)
                .onBackpressureDrop()
                .concatMap(tick -> round(), 1)
                .subscribe(done -> {}, error -> log.error("{} has ended", work, error));
    }

    /** Stops, and lets another process go on at once. Never errors. */
    public Mono<Void> stop() {
        return Mono.fromRunnable(() -> running.dispose())
                .then(lease.release().timeout(FAREWELL_MAX))
                .onErrorComplete();
    }

    /** A round that outlasts the lease prolongs it. */
    private Mono<Void> round() {
        return everywhere
                .then(Mono.defer(lease::take))
                .flatMap(ours -> ours ? Mono.firstWithSignal(pass.thenReturn(true), prolonging()) : Mono.empty())
                .doOnNext(done -> {
                    if (failing.compareAndSet(true, false)) {
                        log.info("{} works again", work);
                    }
                })
                .onErrorResume(error -> {
                    failures.increment();
                    if (failing.compareAndSet(false, true)) {
                        log.warn("{} fails, and will be tried again", work, error);
                    }
                    return Mono.empty();
                })
                .then();
    }

    private Mono<Boolean> prolonging() {
        return Flux.interval(lease(interval).dividedBy(2))
                .onBackpressureDrop()
                .concatMap(tick -> lease.take().onErrorReturn(false), 1)
                .then(Mono.<Boolean>never());
    }
}
