package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.Statements;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.util.retry.Retry;

/**
 * Loads routes from PostgreSQL, as many at once as there are to load.
 *
 * <p>A load that finds a free query goes out alone and at once; those that come while all queries are under way share
 * the next one. So nobody waits for company, and a storm costs few queries.
 */
final class RouteLoader {
    private static final Logger log = LoggerFactory.getLogger(RouteLoader.class);
    /** Tenants in one query. */
    static final int BATCH_MAX = 256;
    /** Queries under way at a time; leaves most of the pool to others. */
    static final int QUERIES_MAX = 4;
    /** Loads that wait for a query; more fail at once. */
    static final int WAITING_MAX = 65_536;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final Statements statements;
    private final Duration timeout;
    private final LongSupplier nanoClock;
    private final DirectoryMeters meters;
    private final BiConsumer<Flight, RouteLookup> landed;
    private final BiConsumer<Flight, FailureException> failed;
    private final OutageGate gate = new OutageGate();
    private final ConcurrentLinkedQueue<Flight> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waitingCount = new AtomicInteger();
    private final AtomicInteger queries = new AtomicInteger();

    RouteLoader(
            Statements statements,
            Duration timeout,
            LongSupplier nanoClock,
            DirectoryMeters meters,
            BiConsumer<Flight, RouteLookup> landed,
            BiConsumer<Flight, FailureException> failed) {
        this.statements = statements;
        this.timeout = timeout;
        this.nanoClock = nanoClock;
        this.meters = meters;
        this.landed = landed;
        this.failed = failed;
    }

    /** Loads it as soon as possible, or fails it at once while PostgreSQL is known to be down. */
    void load(Flight flight) {
        if (!gate.admits(nanoClock.getAsLong())) {
            failed.accept(flight, unavailable("PostgreSQL is down", null));
            return;
        }
        if (waitingCount.incrementAndGet() > WAITING_MAX) {
            waitingCount.decrementAndGet();
            failed.accept(flight, unavailable("too many loads wait", null));
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
            if (underWay >= QUERIES_MAX) {
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
        while (batch.size() < BATCH_MAX && (next = waiting.poll()) != null) {
            waitingCount.decrementAndGet();
            batch.add(next);
        }
        return batch;
    }

    private void query(List<Flight> batch) {
        long begin = nanoClock.getAsLong();
        batch.forEach(flight -> flight.send(begin));
        RouteQuery.run(statements, batch.stream().map(Flight::tenant).distinct().toList())
                // The connection may have died idle, unnoticed; the next one tells whether PostgreSQL is down.
                .retryWhen(Retry.max(1)
                        .filter(error -> error instanceof DatabaseException known
                                && known.kind() == DatabaseException.Kind.UNAVAILABLE)
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
        for (Flight flight : batch) {
            switch (byTenant.get(flight.tenant())) {
                case RouteQuery.Answer.Found found -> landed.accept(flight, found.lookup());
                case RouteQuery.Answer.Unreadable unreadable -> {
                    log.error("the route of {} cannot be read", flight.tenant(), unreadable.fault());
                    failed.accept(flight, unavailable("its row cannot be read", unreadable.fault()));
                }
                case null -> failed.accept(flight, unavailable("PostgreSQL left it out of its answer", null));
            }
        }
        dispatch();
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
        batch.forEach(flight -> failed.accept(flight, failure));
        if (gate.isClosed()) {
            for (List<Flight> queued = take(); !queued.isEmpty(); queued = take()) {
                meters.failed(queued.size());
                queued.forEach(flight -> failed.accept(flight, failure));
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
