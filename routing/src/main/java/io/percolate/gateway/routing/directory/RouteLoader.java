package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
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
 * the next one. So nobody waits for company, and a storm costs few queries. Loads that nobody waits for, since news has
 * caused them, share one query at a time, a little apart.
 *
 * <p>Where there are replicas, they are asked first for what may be a little behind ({@link Flight#mayLag}); the primary is
 * asked for the rest, and for all that a replica cannot answer as well as the primary would.
 */
final class RouteLoader {
    private static final Logger log = LoggerFactory.getLogger(RouteLoader.class);
    /** Tenants in one query, unless configured. */
    static final int BATCH_MAX = 256;
    /** Queries under way at a time, unless configured; leaves most of the pool to others. */
    static final int QUERIES_MAX = 4;
    /** Loads that wait for a query; more fail at once. */
    static final int WAITING_MAX = 65_536;
    /** Between two queries for what news has changed: 100 a second cost little, and nobody sees 10 ms. */
    private static final Duration NEWS_SPACING = Duration.ofMillis(10);

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    /** Waiting loads beyond which those that nobody waits for are left until somebody does. */
    static final int WAITING_ROOM = 8_192;
    /** The second level has a deadline of its own; this is in case it fails to keep it. */
    private static final Duration SHARED_TIMEOUT = Duration.ofMillis(100);

    private final Statements statements;
    private final SharedRoutes shared;
    private final ReplicaReads replicas;
    private final Duration timeout;
    private final LongSupplier nanoClock;
    private final DirectoryMeters meters;
    private final Landings landings;
    private final OutageGate gate = new OutageGate();
    private final int queriesMax;
    private final Lane primary;
    private final Lane news;

    RouteLoader(
            Statements statements,
            SharedRoutes shared,
            RouteReplicas replicas,
            DirectoryConfig config,
            LongSupplier nanoClock,
            DirectoryMeters meters,
            Landings landings) {
        // A request waits for each, and they are few: all that waits shares the next one.
        this.statements = statements.urgently();
        this.shared = shared;
        this.timeout = config.loadTimeout();
        this.nanoClock = nanoClock;
        this.meters = meters;
        this.landings = landings;
        this.queriesMax = config.queriesMax();
        this.primary = lane(config, queriesMax, Duration.ZERO);
        this.news = lane(config, 1, NEWS_SPACING);
        this.replicas =
                new ReplicaReads(replicas, config, nanoClock, meters, landings, this::withShared, this::loadAnew);
    }

    private Lane lane(DirectoryConfig config, int queriesMax, Duration spacing) {
        Lane[] self = new Lane[1];
        self[0] = new Lane(
                config.batchMax(), queriesMax, spacing, batch -> withShared(batch, asked -> ask(self[0], asked)));
        return self[0];
    }

    /** Who takes what was loaded. Nothing here blocks or throws. */
    interface Landings {
        void landed(Flight flight, RouteLookup loaded);

        /** The second level has answered; PostgreSQL will, too. */
        void landedShared(Flight flight, SharedRoutes.Shared found);

        void failed(Flight flight, FailureException failure);
    }

    boolean hasRoom() {
        return primary.waiting() + news.waiting() < WAITING_ROOM;
    }

    /** Loads it as soon as possible, or fails it at once while PostgreSQL is known to be down. */
    void load(Flight flight) {
        if (!gate.isClosed() && replicas.take(flight)) {
            return;
        }
        loadAnew(flight);
    }

    /** Somebody waits for what news has caused to be loaded. */
    void hurry() {
        news.hurry(queriesMax);
    }

    /** By the primary; while it is down, by the second level or a replica however far behind. */
    private void loadAnew(Flight flight) {
        boolean isDown = gate.isClosed();
        boolean isAdmitted = gate.admits(nanoClock.getAsLong());
        if (!isAdmitted) {
            if (replicas.takeInOutage(flight)) {
                return;
            }
            if (!(hasShared() && flight.isShareable())) {
                landings.failed(flight, unavailable("PostgreSQL is down", null));
                return;
            }
        }
        flight.setTrial(isDown && isAdmitted);
        Lane lane = flight.isForNews() ? news : primary;
        if (lane.add(flight, WAITING_MAX)) {
            lane.dispatch();
        } else {
            landings.failed(flight, unavailable("too many loads wait", null));
        }
    }

    /** PostgreSQL has been heard: loads need not be held back. */
    void reopen() {
        if (gate.open()) {
            log.info("routes are loaded again");
        }
    }

    /** Asks the second level about strangers, then goes on with all of them. */
    private void withShared(List<Flight> batch, Consumer<List<Flight>> then) {
        List<TenantId> strangers = hasShared()
                ? batch.stream().filter(Flight::asksShared).map(Flight::tenant).toList()
                : List.of();
        if (strangers.isEmpty()) {
            then.accept(batch);
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
                    then.accept(batch);
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

    private void ask(Lane lane, List<Flight> batch) {
        if (gate.isClosed() && batch.stream().noneMatch(Flight::isTrial)) {
            lane.ended();
            fail(batch, unavailable("PostgreSQL is down", null));
            lane.dispatch();
            return;
        }
        long begin = nanoClock.getAsLong();
        batch.forEach(flight -> flight.send(begin));
        RouteQuery.run(statements, knownVersions(batch))
                // The connection may have died idle, unnoticed; the next one tells whether PostgreSQL is down.
                .retryWhen(Retry.max(1)
                        .filter(error -> error instanceof DatabaseException database
                                && database.kind() == DatabaseException.Kind.UNAVAILABLE)
                        .onRetryExhaustedThrow((spec, signal) -> signal.failure()))
                .timeout(timeout)
                .doOnTerminate(lane::ended)
                .subscribe(answers -> answered(lane, batch, answers, begin), error -> refused(lane, batch, error));
    }

    /** What the cache holds of each tenant, by version; nothing where several loads of it know different ones. */
    static Map<TenantId, Long> knownVersions(List<Flight> batch) {
        Map<TenantId, Long> known = HashMap.newHashMap(batch.size());
        for (Flight flight : batch) {
            RouteLookup basis = flight.basis();
            known.merge(
                    flight.tenant(),
                    basis == null ? RouteQuery.NO_VERSION : basis.version(),
                    (a, b) -> a.equals(b) ? a : RouteQuery.NO_VERSION);
        }
        return known;
    }

    private void answered(Lane lane, List<Flight> batch, List<RouteQuery.Answer> answers, long begin) {
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
                case null -> unchanged(flight, flight.basis());
            }
        }
        lane.dispatch();
    }

    private void unchanged(Flight flight, @Nullable RouteLookup basis) {
        if (basis == null) {
            landings.failed(flight, unavailable("PostgreSQL left it out of its answer", null));
        } else {
            landings.landed(flight, basis);
        }
    }

    private void refused(Lane lane, List<Flight> batch, Throwable error) {
        boolean late = error instanceof TimeoutException
                || (error instanceof DatabaseException known && known.kind() == DatabaseException.Kind.TIMEOUT);
        long now = nanoClock.getAsLong();
        boolean closes = late ? gate.timedOut(now) : gate.refused(now);
        FailureException failure =
                unavailable(late ? "PostgreSQL did not answer in time" : String.valueOf(error.getMessage()), error);
        if (closes) {
            log.warn("routes cannot be loaded, known tenants are served from memory: {}", failure.getMessage());
        }
        fail(batch, failure);
        if (gate.isClosed() && !hasShared()) {
            failWaiting(primary, failure);
            failWaiting(news, failure);
        }
        lane.dispatch();
    }

    private void failWaiting(Lane lane, FailureException failure) {
        for (List<Flight> queued = lane.take(); !queued.isEmpty(); queued = lane.take()) {
            fail(queued, failure);
        }
    }

    /** Those that a replica takes over are not failed. */
    private void fail(List<Flight> batch, FailureException failure) {
        for (Flight flight : batch) {
            if (!gate.isClosed() || !replicas.takeInOutage(flight)) {
                meters.failed(1);
                landings.failed(flight, failure);
            }
        }
    }

    static FailureException unavailable(String why, @Nullable Throwable cause) {
        Failure failure = unavailable().withOperatorDetail(why);
        return cause == null ? failure.toException() : failure.toException(cause);
    }

    /** What a client is told whenever a route cannot be had. */
    static Failure unavailable() {
        return Failure.of(FailureKind.DIRECTORY_UNAVAILABLE, "where this tenant lives cannot be looked up right now")
                .withRetryAfter(RETRY_AFTER);
    }
}
