package io.percolate.gateway.routing.postgres;

import io.percolate.gateway.routing.postgres.DatabaseException.Kind;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Statement;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Statements on one connection, which remembers whether that connection can still be trusted.
 *
 * <p>The server ends a statement at {@code statement_timeout}. If the client's deadline, a little later, passes first,
 * then nobody is answering at the other end: the connection is suspect and must not go back to the pool.
 */
final class Session implements Statements {
    private final Connection connection;
    private final Duration deadline;
    private volatile boolean suspect;

    Session(Connection connection, Duration deadline) {
        this.connection = connection;
        this.deadline = deadline;
    }

    Connection connection() {
        return connection;
    }

    boolean isSuspect() {
        return suspect;
    }

    void distrust() {
        suspect = true;
    }

    @Override
    public Mono<Long> update(String sql, Object... binds) {
        return guarded(Flux.defer(() -> statement(sql, binds).execute())
                .concatMap(Result::getRowsUpdated)
                .reduce(0L, Long::sum));
    }

    @Override
    public <T> Mono<List<T>> query(String sql, Function<? super Readable, ? extends T> mapper, Object... binds) {
        return guarded(Flux.defer(() -> statement(sql, binds).execute())
                .concatMap(result -> result.<T>map(mapper))
                .collectList());
    }

    /** Puts the deadline on an exchange with the server, and sorts its errors. */
    <T> Mono<T> guarded(Mono<T> exchange) {
        return exchange.timeout(
                        deadline,
                        Mono.error(() -> new DatabaseException(
                                Kind.TIMEOUT, "PostgreSQL did not answer within " + deadline.toMillis() + " ms")))
                .onErrorMap(DatabaseErrors::sorted)
                .doOnError(DatabaseException.class, error -> {
                    if (error.kind() == Kind.UNAVAILABLE
                            || (error.kind() == Kind.TIMEOUT && error.sqlState().isEmpty())) {
                        suspect = true;
                    }
                });
    }

    private Statement statement(String sql, Object... binds) {
        Statement statement = connection.createStatement(sql);
        for (int i = 0; i < binds.length; i++) {
            statement.bind(i, binds[i]);
        }
        return statement;
    }
}
