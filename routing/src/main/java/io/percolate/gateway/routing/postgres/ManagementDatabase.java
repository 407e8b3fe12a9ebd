package io.percolate.gateway.routing.postgres;

import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.postgres.DatabaseException.Kind;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * The management database: a bounded pool of connections that callers borrow for one unit of work at a time.
 *
 * <p>Nobody outside ever holds a connection, so nobody can lose one; cancelling a call never costs one either (see
 * {@link UnitOfWork}). Everything takes a deadline. Connections that PostgreSQL has closed are noticed before they are
 * lent, and one that stops answering is closed, so that the pool is whole again as soon as the server is.
 *
 * <p>Errors are {@link DatabaseException}s; what the caller's own functions throw passes unchanged. Results arrive on
 * the driver's event loops: do not block there. Connects lazily, with the first call.
 */
public final class ManagementDatabase implements Statements {
    private static final Logger log = LoggerFactory.getLogger(ManagementDatabase.class);
    /** Callers that wait for a connection at most; more are turned away at once. */
    private static final int WAITERS_MAX = 10_000;
    /** Event loops of the driver, apart from those that carry requests. */
    private static final int LOOPS = 2;
    /** What the client grants a statement beyond the server's own limit before it distrusts the connection. */
    private static final Duration ANSWER_GRACE = Duration.ofMillis(250);
    /** Closing a connection whose peer is silent. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);
    /** Giving one back, which may close it. Not by {@code multipliedBy}: loading BigDecimal costs tens of milliseconds. */
    private static final Duration RETURN_TIMEOUT = CLOSE_TIMEOUT.plus(CLOSE_TIMEOUT);

    private static final String PRIMARY = "primary";

    private final DatabaseConfig config;
    private final LoopResources loops;
    private final PunctualConnections connections;
    private final ConnectionPool pool;
    private final Permits permits;
    private final DatabaseMeters meters;

    private ManagementDatabase(DatabaseConfig config, String applicationName, String server, MeterRegistry registry) {
        this.config = config;
        this.loops = LoopResources.create("management-db", 1, LOOPS, true, false);
        HostConnections hosts = new HostConnections(config, applicationName, loops);
        this.connections = hosts.punctual();
        this.pool = Driver.pool(config, hosts);
        this.permits = new Permits(config.poolSizeMax(), WAITERS_MAX);
        this.meters = new DatabaseMeters(registry, server, permits, pool);
    }

    /**
     * @param applicationName how PostgreSQL shows these connections in {@code pg_stat_activity}
     */
    public static ManagementDatabase open(DatabaseConfig config, String applicationName, MeterRegistry registry) {
        return new ManagementDatabase(config, applicationName, PRIMARY, registry);
    }

    /** The same database on a server that follows the primary, which metrics name by its address. */
    public static ManagementDatabase openReplica(
            DatabaseConfig config, String applicationName, MeterRegistry registry) {
        return new ManagementDatabase(
                config, applicationName, config.hosts().getFirst().toString(), registry);
    }

    /** Whether only a server that takes writes will do. */
    public boolean needsPrimary() {
        return config.writable();
    }

    /** Runs several statements on one connection, each committed by itself. */
    public <T> Mono<T> inConnection(Function<? super Statements, Mono<T>> work) {
        return inSession(session -> bounded(session, work.apply(session)));
    }

    /**
     * Runs the work in one transaction (read committed): committed when it completes, with or without a value, rolled
     * back when it errors. The value arrives after the commit.
     */
    public <T> Mono<T> inTransaction(Function<? super Statements, Mono<T>> work) {
        return inSession(session -> {
            Connection connection = session.connection();
            Mono<Session> begun =
                    session.guarded(Mono.from(connection.beginTransaction())).thenReturn(session);
            return bounded(
                    session,
                    Mono.usingWhen(
                            begun,
                            work,
                            ended -> session.guarded(Mono.from(connection.commitTransaction())),
                            (ended, error) -> rollback(session),
                            ManagementDatabase::rollback));
        });
    }

    @Override
    public Statements urgently() {
        return new Statements() {
            @Override
            public Mono<Long> update(String sql, Object... binds) {
                return inSession(true, session -> session.update(sql, binds));
            }

            @Override
            public <T> Mono<List<T>> query(
                    String sql, Function<? super Readable, ? extends T> mapper, Object... binds) {
                return inSession(true, session -> session.query(sql, mapper, binds));
            }
        };
    }

    @Override
    public Mono<Long> update(String sql, Object... binds) {
        return inSession(session -> session.update(sql, binds));
    }

    @Override
    public <T> Mono<List<T>> query(String sql, Function<? super Readable, ? extends T> mapper, Object... binds) {
        return inSession(session -> session.query(sql, mapper, binds));
    }

    /**
     * Opens a connection outside the pool, listens to the channels and runs the work there for as long as it takes;
     * cancelling closes the connection.
     *
     * @param channels plain lower-case names
     */
    public Mono<Void> listening(List<String> channels, Function<Listening, Mono<Void>> work) {
        return Mono.usingWhen(
                        connections.create().map(this::session),
                        session -> session.update("LISTEN " + String.join("; LISTEN ", channels))
                                .then(Mono.defer(() -> work.apply(new Listening(notifications(session), session)))),
                        this::closePhysically)
                .onErrorMap(DatabaseErrors::sorted);
    }

    /** Closes every connection; calls under way may fail with {@code UNAVAILABLE}. */
    public Mono<Void> close() {
        return connections
                .close()
                .then(pool.disposeLater().timeout(CLOSE_TIMEOUT))
                .onErrorResume(error -> {
                    log.warn("closing the connections to the management database failed", error);
                    return Mono.empty();
                })
                .then(Mono.fromRunnable(meters::close))
                .then(loops.disposeLater(Duration.ZERO, CLOSE_TIMEOUT));
    }

    private <T> Mono<T> inSession(Function<Session, Mono<T>> work) {
        return inSession(false, work);
    }

    private <T> Mono<T> inSession(boolean isUrgent, Function<Session, Mono<T>> work) {
        return meters.counted(UnitOfWork.of(
                permits,
                isUrgent,
                config.acquireTimeout(),
                meters.timed(pool.create()).map(this::session),
                work,
                this::giveBack));
    }

    private Session session(Connection connection) {
        return new Session(connection, config.statementTimeout().plus(ANSWER_GRACE));
    }

    private <T> Mono<T> bounded(Session session, Mono<T> work) {
        Duration deadline = config.transactionTimeout();
        return work.timeout(deadline, Mono.error(() -> {
            session.distrust();
            return new DatabaseException(
                    Kind.TIMEOUT, "a unit of work did not end within " + deadline.toMillis() + " ms");
        }));
    }

    private static Mono<Void> rollback(Session session) {
        return session.isSuspect()
                ? Mono.empty()
                : session.guarded(Mono.from(session.connection().rollbackTransaction()))
                        .onErrorResume(error -> {
                            log.debug("rollback failed, the connection is closed", error);
                            session.distrust();
                            return Mono.empty();
                        });
    }

    /** Returns a sound connection to the pool; a suspect one is closed first, so that the pool replaces it. */
    private Mono<Void> giveBack(Session session) {
        Mono<Void> toPool = Mono.defer(() -> Mono.from(session.connection().close()));
        return (session.isSuspect() ? closePhysically(session).then(toPool) : toPool)
                .timeout(RETURN_TIMEOUT)
                .onErrorResume(error -> {
                    log.warn("returning a connection to the pool failed", error);
                    return Mono.empty();
                });
    }

    private Mono<Void> closePhysically(Session session) {
        Connection connection =
                session.connection() instanceof Wrapped<?> pooled && pooled.unwrap() instanceof Connection physical
                        ? physical
                        : session.connection();
        return Mono.<Void>from(connection.close()).timeout(CLOSE_TIMEOUT).onErrorResume(error -> {
            log.debug("closing a connection failed", error);
            return Mono.empty();
        });
    }

    private static Flux<Notification> notifications(Session session) {
        return ((PostgresqlConnection) session.connection())
                .getNotifications()
                .map(n -> new Notification(n.getName(), n.getParameter() == null ? "" : n.getParameter()))
                .onErrorMap(DatabaseErrors::sorted);
    }
}
