package io.percolate.gateway.routing.postgres;

import io.r2dbc.spi.Parameters;
import io.r2dbc.spi.Readable;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Runs SQL, with {@code $1}, {@code $2}, ... standing for the binds.
 *
 * <p>Each call is one statement under its own deadline, sent when subscribed. Errors are {@link DatabaseException}s, and
 * those that a row mapper throws. Binds are never null; {@link #nullable} makes a typed one.
 */
public interface Statements {
    /** Runs a statement; how many rows it touched. */
    Mono<Long> update(String sql, Object... binds);

    /** Every row, in order; the statement bounds how many. A mapper never answers null. */
    <T> Mono<List<T>> query(String sql, Function<? super Readable, ? extends T> mapper, Object... binds);

    /** The same before all others that wait for a connection: few and short ones, which others' work depends on. */
    default Statements urgently() {
        return this;
    }

    /** The first row, if there is one. */
    default <T> Mono<Optional<T>> queryFirst(
            String sql, Function<? super Readable, ? extends T> mapper, Object... binds) {
        return this.<T>query(sql, mapper, binds).map(rows -> rows.stream().findFirst());
    }

    /** A bind that may be null, of this type. */
    static Object nullable(@Nullable Object value, Class<?> type) {
        return value == null ? Parameters.in(type) : value;
    }
}
