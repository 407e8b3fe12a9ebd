package io.percolate.gateway.warmup.wake;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.pod.TierPodClient;
import io.percolate.gateway.warmup.pod.TierPods;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * The wake over PostgreSQL: in this process one flight for a tenant, whose result all callers share; across the fleet one
 * claim, a row with a lease.
 *
 * <p>Flights are background work that this object owns: a caller that goes away ends nothing. Callers are released in
 * batches, so that a thousand held requests do not reach the fresh pod in the same instant. Closing ends all flights at
 * once; another process may take their claims over when the leases have run out.
 */
public final class PostgresWake implements Wake, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PostgresWake.class);

    /** As long as requests of a wake are released, and no more tenants than are woken in that time. */
    private static final Duration PHASES_KEPT = Duration.ofMinutes(1);

    private static final long PHASES_TENANTS_MAX = 10_000;
    private static final int PACE_PARTS_OF_TIMEOUT = 3;

    private final WakeConfig config;
    private final WakeClock clock;
    private final WakeMetrics metrics;
    private final WakeDurations durations = new WakeDurations();
    private final RecentFailures failures;
    private final Waking waking;
    private final ConcurrentHashMap<TenantId, Flight> flights = new ConcurrentHashMap<>();
    private final Semaphore room;
    /** How old a reading of pods may be by which many tenants are placed; their room is counted again as each is assigned. */
    static final Duration RECENT = Duration.ofMillis(100);

    private final WakePace pace;
    private final Cache<TenantId, WakePhases> phases = Caffeine.newBuilder()
            .maximumSize(PHASES_TENANTS_MAX)
            .expireAfterWrite(PHASES_KEPT)
            .build();
    private final AtomicInteger waiters = new AtomicInteger();
    private final Disposable.Composite running = Disposables.composite();

    PostgresWake(
            WarmupConfig config,
            WakeStore store,
            RouteDirectory directory,
            TierPods pods,
            MeterRegistry registry,
            WakeClock clock) {
        this.config = config.wake();
        this.clock = clock;
        this.metrics = new WakeMetrics(registry, clock);
        this.failures = new RecentFailures(clock);
        this.room = new Semaphore(config.wake().flightsMax());
        this.pace = new WakePace(
                config.wake().rates(), config.wake().timeout().dividedBy(PACE_PARTS_OF_TIMEOUT), clock.now());
        this.waking = new Waking(
                config,
                new StoreInTurns(store, new Turns(config.wake().databaseConcurrency())),
                directory,
                pods,
                clock,
                metrics,
                failures,
                () -> ThreadLocalRandom.current().nextLong(),
                this::inBackground);
        metrics.watch(this, flights::size, waiters::get);
    }

    /** @param processId names this process in the claims it takes */
    public static PostgresWake create(
            WarmupConfig config,
            ManagementDatabase database,
            RouteDirectory directory,
            TierPodClient pods,
            MeterRegistry registry,
            UUID processId) {
        WakeStore store = new PostgresWakeStore(
                database, processId, config.wake().lease(), config.pod().heartbeatMax(), config.canaries(), RECENT);
        return new PostgresWake(
                config, store, directory, pods, registry, new WakeClock(Schedulers.parallel(), System::nanoTime));
    }

    @Override
    public Mono<TenantRoute> wake(TenantRoute known) {
        return Mono.defer(() -> {
            Optional<Failure> recent = failures.recent(known);
            if (recent.isPresent()) {
                return Mono.error(recent.get().toException());
            }
            Flight flight = join(known);
            return flight == null ? Mono.error(noFlight(known.tier())) : flight.arrival();
        });
    }

    @Override
    public Duration expected(Tier tier) {
        return durations.expected(tier);
    }

    @Override
    public Duration estimate(Tier tier) {
        return durations.mean(tier);
    }

    @Override
    public @Nullable WakePhases progress(TenantId tenant) {
        Flight flight = flights.get(tenant);
        return flight == null ? null : flight.times.soFar(clock.now());
    }

    @Override
    public @Nullable WakePhases phases(TenantId tenant) {
        return phases.getIfPresent(tenant);
    }

    @Override
    public void close() {
        running.dispose();
        flights.values().forEach(Flight::abort);
    }

    /** The tenant's flight, begun if there is none; null when there is no room for one more. */
    private @Nullable Flight join(TenantRoute known) {
        Flight flight = flights.computeIfAbsent(
                known.tenant(), tenant -> !running.isDisposed() && room.tryAcquire() ? inItsTurn(known) : null);
        if (flight != null) {
            flight.takeOff();
        }
        return flight;
    }

    private @Nullable Flight inItsTurn(TenantRoute known) {
        OptionalLong turn = pace.turn(known.tier(), clock.now());
        if (turn.isEmpty()) {
            room.release();
            metrics.count(known.tier(), "rate_exceeded");
            return null;
        }
        return new Flight(known, Duration.ofNanos(turn.getAsLong()));
    }

    private FailureException noFlight(Tier tier) {
        return running.isDisposed()
                ? draining()
                : Failure.of(FailureKind.OVERLOADED, "too many tenants are being woken at the same time")
                        .withRetryAfter(durations.expected(tier))
                        .toException();
    }

    private static FailureException draining() {
        return Failure.of(FailureKind.DRAINING, "the gateway is shutting down")
                .withRetryAfter(Duration.ofSeconds(1))
                .toException();
    }

    private void inBackground(Mono<Void> work) {
        Disposable.Swap handle = Disposables.swap();
        if (running.add(handle)) {
            handle.update(work.doFinally(end -> running.remove(handle))
                    .subscribe(nothing -> {}, error -> log.warn("work in the background failed", error)));
        }
    }

    /** One wake of one tenant in this process, and those who wait for it. */
    private final class Flight {
        private final TenantRoute known;
        /** Until its tier may begin one more wake. */
        private final Duration turn;

        private final PhaseTimes times = new PhaseTimes();
        private final Sinks.One<TenantRoute> result = Sinks.one();
        private final AtomicBoolean begun = new AtomicBoolean();
        private final AtomicInteger waiting = new AtomicInteger();
        private final AtomicInteger arrivals = new AtomicInteger();

        Flight(TenantRoute known, Duration turn) {
            this.known = known;
            this.turn = turn;
        }

        void takeOff() {
            if (begun.compareAndSet(false, true)) {
                long startNanos = clock.now();
                Mono<Waking.Woken> begun = turn.isZero()
                        ? waking.run(known)
                        : metrics.timed(known.tier(), WakeMetrics.Phase.QUEUE, clock.<Waking.Woken>pause(turn))
                                .switchIfEmpty(Mono.defer(() -> waking.run(known)));
                inBackground(begun.contextWrite(context -> context.put(PhaseTimes.KEY, times))
                        .subscribeOn(clock.timer())
                        .publishOn(clock.timer())
                        .doOnNext(woken -> land(woken, clock.since(startNanos)))
                        .doOnError(this::crash)
                        .onErrorComplete()
                        .then());
                // Closed in between: nobody else would end this flight.
                if (running.isDisposed()) {
                    abort();
                }
            }
        }

        /** The result for one more waiter, in its turn. */
        Mono<TenantRoute> arrival() {
            if (waiting.incrementAndGet() > config.waitersMax()) {
                waiting.decrementAndGet();
                return Mono.error(Failure.of(FailureKind.HOLD_FULL, "too many requests wait for the tenant")
                        .withRetryAfter(durations.expected(known.tier()))
                        .toException());
            }
            waiters.incrementAndGet();
            int batch = arrivals.getAndIncrement() / config.releaseBatch();
            Duration turn = config.releaseInterval().multipliedBy(batch);
            Mono<TenantRoute> released =
                    turn.isZero() ? result.asMono() : result.asMono().delayElement(turn, clock.timer());
            return released.doFinally(end -> {
                waiting.decrementAndGet();
                waiters.decrementAndGet();
            });
        }

        void abort() {
            leave();
            result.tryEmitError(draining());
        }

        private void land(Waking.Woken woken, Duration took) {
            metrics.count(known.tier(), woken.here() ? "woken" : "found_hot");
            if (woken.here()) {
                durations.record(known.tier(), took);
                phases.put(known.tenant(), times.phases());
                log.debug(
                        "tenant {} is hot after {} ms: {}",
                        known.tenant(),
                        took.toMillis(),
                        woken.route().placement());
            } else {
                phases.invalidate(known.tenant());
            }
            leave();
            result.tryEmitValue(woken.route());
        }

        private void crash(Throwable error) {
            Failure failure = FailureException.failureOf(error);
            metrics.count(known.tier(), failure.kind().name().toLowerCase(Locale.ROOT));
            leave();
            result.tryEmitError(error);
        }

        /** Before the result is told, so that who asks again begins anew. */
        private void leave() {
            if (flights.remove(known.tenant(), this)) {
                room.release();
            }
        }
    }
}
