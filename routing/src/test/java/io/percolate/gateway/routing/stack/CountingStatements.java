package io.percolate.gateway.routing.stack;

import io.percolate.gateway.routing.postgres.Statements;
import io.r2dbc.spi.Readable;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** Counts the queries that pass. */
public final class CountingStatements implements Statements {
    private final Statements statements;
    private final AtomicInteger queries = new AtomicInteger();

    public CountingStatements(Statements statements) {
        this.statements = statements;
    }

    public int queries() {
        return queries.get();
    }

    @Override
    public Mono<Long> update(String sql, Object... binds) {
        return statements.update(sql, binds);
    }

    @Override
    public <T> Mono<List<T>> query(String sql, Function<? super Readable, ? extends T> mapper, Object... binds) {
        return Mono.defer(() -> {
            queries.incrementAndGet();
            return statements.query(sql, mapper, binds);
        });
    }
}
