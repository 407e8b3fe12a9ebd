package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Loads routes from PostgreSQL, as many at once as there are to load.
 *
 * <p>A load that finds a free query goes out alone and at once; those that come while all queries are under way share
 * the next one. So nobody waits for company, and a storm costs few queries.
 */
final class RouteLoader {
    private static final Logger log = LoggerFactory.getLogger(RouteLoader.class);
    /** Tenants in one query, unless configured. */
    static final int BATCH_MAX = 256;
    /** Queries under way at a time, unless configured; leaves most of the pool to others. */
    static final int QUERIES_MAX = 4;
    /** Loads that wait for a query; more fail at once. */
    static final int WAITING_MAX = 65_536;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** Waiting loads beyond which those that nobody waits for are left until somebody does. */
    static final int WAITING_ROOM = 8_192;
    /** The second level has a deadline of its own; this is in case it fails to keep it. */
    private static final Duration SHARED_TIMEOUT = Duration.ofMillis(100);

    private final Statements statements;
    private final SharedRoutes shared;
    private final Duration timeout;
    private final int batchMax;
    private final int queriesMax;
    private final LongSupplier nanoClock;
    private final DirectoryMeters meters;
    private final Landings landings;
    private final OutageGate gate = new OutageGate();
    private final ConcurrentLinkedQueue<Flight> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waitingCount = new AtomicInteger();
    private final AtomicInteger queries = new AtomicInteger();

    RouteLoader(
            Statements statements,
            SharedRoutes shared,
            DirectoryConfig config,
            LongSupplier nanoClock,
            DirectoryMeters meters,
            Landings landings) {
        this.statements = statements;
        this.shared = shared;
        this.timeout = config.loadTimeout();
        this.batchMax = config.batchMax();
        this.queriesMax = config.queriesMax();
        this.nanoClock = nanoClock;
        this.meters = meters;
        this.landings = landings;
    }

    /** Who takes what was loaded. Nothing here blocks or throws. */
    interface Landings {
        void landed(Flight flight, RouteLookup loaded);

        /** The second level has answered; PostgreSQL will, too. */
        void landedShared(Flight flight, SharedRoutes.Shared found);

        void failed(Flight flight, FailureException failure);
    }

    boolean hasRoom() {
        return waitingCount.get() < WAITING_ROOM;
    }

    /** Loads it as soon as possible, or fails it at once while PostgreSQL is known to be down. */
    void load(Flight flight) {
        boolean isDown = gate.isClosed();
        boolean isAdmitted = gate.admits(nanoClock.getAsLong());
        if (!isAdmitted && !(hasShared() && flight.isShareable())) {
            landings.failed(flight, unavailable("PostgreSQL is down", null));
            return;
        }
        flight.setTrial(isDown && isAdmitted);
        if (waitingCount.incrementAndGet() > WAITING_MAX) {
            waitingCount.decrementAndGet();
            landings.failed(flight, unavailable("too many loads wait", null));
            return;
        }
        waiting.add(flight);
        dispatch();
    }

    /** PostgreSQL has been heard: loads need not be held back. */
    void reopen() {
        if (gate.open()) {
            log.info("routes are loaded again");
        }
    }

    private void dispatch() {
        while (!waiting.isEmpty()) {
            int underWay = queries.get();
            if (underWay >= queriesMax) {
                // The next query to end looks at the queue again.
                return;
            }
            if (!queries.compareAndSet(underWay, underWay + 1)) {
                continue;
            }
            List<Flight> batch = take();
            if (batch.isEmpty()) {
                queries.decrementAndGet();
            } else {
                query(batch);
            }
        }
    }

    private List<Flight> take() {
        List<Flight> batch = new ArrayList<>();
        Flight next;
        while (batch.size() < batchMax && (next = waiting.poll()) != null) {
            waitingCount.decrementAndGet();
            batch.add(next);
        }
        return batch;
    }

    private void query(List<Flight> batch) {
        List<TenantId> strangers = hasShared()
                ? batch.stream().filter(Flight::asksShared).map(Flight::tenant).toList()
                : List.of();
        if (strangers.isEmpty()) {
            ask(batch);
            return;
        }
        shared.find(strangers)
                .timeout(SHARED_TIMEOUT, Mono.just(List.of()))
                .onErrorResume(error -> {
                    log.debug("the second level failed", error);
                    return Mono.just(List.of());
                })
                .defaultIfEmpty(List.of())
                .subscribe(found -> {
                    land(batch, found);
                    ask(batch);
                });
    }

    private boolean hasShared() {
        return !shared.equals(SharedRoutes.NONE);
    }

    private void land(List<Flight> batch, List<SharedRoutes.Shared> found) {
        Map<TenantId, SharedRoutes.Shared> known = found.stream()
                .filter(one -> one.lookup() instanceof RouteLookup.Known)
                .collect(Collectors.toMap(one -> RouteCache.tenantOf(one.lookup()), one -> one, (a, b) -> a));
        for (Flight flight : batch) {
            SharedRoutes.Shared one = known.get(flight.tenant());
            if (one != null) {
                landings.landedShared(flight, one);
            }
        }
        meters.shared(known.size());
    }

    private void ask(List<Flight> batch) {
        if (gate.isClosed() && batch.stream().noneMatch(Flight::isTrial)) {
            queries.decrementAndGet();
            FailureException failure = unavailable("PostgreSQL is down", null);
            batch.forEach(flight -> landings.failed(flight, failure));
            dispatch();
            return;
        }
        long begin = nanoClock.getAsLong();
        Map<TenantId, Long> known = new HashMap<>(batch.size() * 2);
        for (Flight flight : batch) {
            flight.send(begin);
            RouteLookup basis = flight.basis();
            known.merge(
                    flight.tenant(),
                    basis == null ? RouteQuery.NO_VERSION : basis.version(),
                    (a, b) -> a.equals(b) ? a : RouteQuery.NO_VERSION);
        }
        RouteQuery.run(statements, known)
                // The connection may have died idle, unnoticed; the next one tells whether PostgreSQL is down.
                .retryWhen(Retry.max(1)
                        .filter(error -> error instanceof DatabaseException database
                                && database.kind() == DatabaseException.Kind.UNAVAILABLE)
                        .onRetryExhaustedThrow((spec, signal) -> signal.failure()))
                .timeout(timeout)
                .doOnTerminate(queries::decrementAndGet)
                .subscribe(answers -> answered(batch, answers, begin), error -> refused(batch, error));
    }

    private void answered(List<Flight> batch, List<RouteQuery.Answer> answers, long begin) {
        reopen();
        meters.loaded(batch.size(), nanoClock.getAsLong() - begin);
        Map<?, RouteQuery.Answer> byTenant =
                answers.stream().collect(Collectors.toMap(RouteQuery.Answer::tenant, answer -> answer));
        if (hasShared()) {
            shared.offer(answers.stream()
                    .filter(RouteQuery.Answer.Found.class::isInstance)
                    .map(found -> ((RouteQuery.Answer.Found) found).lookup())
                    .toList());
        }
        for (Flight flight : batch) {
            switch (byTenant.get(flight.tenant())) {
                case RouteQuery.Answer.Found found -> landings.landed(flight, found.lookup());
                case RouteQuery.Answer.Unreadable unreadable -> {
                    log.error("the route of {} cannot be read", flight.tenant(), unreadable.fault());
                    landings.failed(flight, unavailable("its row cannot be read", unreadable.fault()));
                }
                case null -> unchanged(flight);
            }
        }
        dispatch();
    }

    private void unchanged(Flight flight) {
        RouteLookup basis = flight.basis();
        if (basis == null) {
            landings.failed(flight, unavailable("PostgreSQL left it out of its answer", null));
        } else {
            landings.landed(flight, basis);
        }
    }

    private void refused(List<Flight> batch, Throwable error) {
        boolean late = error instanceof TimeoutException
                || (error instanceof DatabaseException known && known.kind() == DatabaseException.Kind.TIMEOUT);
        long now = nanoClock.getAsLong();
        boolean closes = late ? gate.timedOut(now) : gate.refused(now);
        FailureException failure =
                unavailable(late ? "PostgreSQL did not answer in time" : String.valueOf(error.getMessage()), error);
        if (closes) {
            log.warn("routes cannot be loaded, known tenants are served from memory: {}", failure.getMessage());
        }
        meters.failed(batch.size());
        batch.forEach(flight -> landings.failed(flight, failure));
        if (gate.isClosed() && !hasShared()) {
            for (List<Flight> queued = take(); !queued.isEmpty(); queued = take()) {
                meters.failed(queued.size());
                queued.forEach(flight -> landings.failed(flight, failure));
            }
        }
        dispatch();
    }

    private static FailureException unavailable(String why, @Nullable Throwable cause) {
        Failure failure = unavailable().withOperatorDetail(why);
        return cause == null ? failure.toException() : failure.toException(cause);
    }

    /** What a client is told whenever a route cannot be had. */
    static Failure unavailable() {
        return Failure.of(FailureKind.DIRECTORY_UNAVAILABLE, "where this tenant lives cannot be looked up right now")
                .withRetryAfter(RETRY_AFTER);
    }
}
