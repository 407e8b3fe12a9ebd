package io.percolate.gateway.routing.postgres;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.PoolMetrics;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import reactor.core.publisher.Mono;

/** What the pool tells of itself. */
final class DatabaseMeters {
    private static final String SERVER = "server";

    private final MeterRegistry registry;
    private final String server;
    private final Timer acquisitions;
    private final Map<DatabaseException.Kind, Counter> errors = new EnumMap<>(DatabaseException.Kind.class);
    private final List<Meter> all = new ArrayList<>();

    DatabaseMeters(MeterRegistry registry, String server, Permits permits, ConnectionPool pool) {
        this.registry = registry;
        this.server = server;
        this.acquisitions = kept(Timer.builder("router.db.acquire")
                .tag(SERVER, server)
                .description("time from permit to usable connection, connecting included")
                .register(registry));
        for (DatabaseException.Kind kind : DatabaseException.Kind.values()) {
            errors.put(
                    kind,
                    kept(Counter.builder("router.db.errors")
                            .description("units of work that failed")
                            .tag("kind", kind.name())
                            .tag(SERVER, server)
                            .register(registry)));
        }
        kept(Gauge.builder("router.db.waiting", permits, Permits::waiting)
                .description("callers that wait for a connection")
                .tag(SERVER, server)
                .register(registry));
        pool.getMetrics().ifPresent(metrics -> {
            connections("acquired", metrics, PoolMetrics::acquiredSize);
            connections("idle", metrics, PoolMetrics::idleSize);
        });
    }

    /** Times how long a connection takes to come. */
    <T> Mono<T> timed(Mono<T> connection) {
        return Mono.defer(() -> {
            Timer.Sample sample = Timer.start(registry);
            return connection.doOnNext(ready -> sample.stop(acquisitions));
        });
    }

    <T> Mono<T> counted(Mono<T> work) {
        return work.doOnError(DatabaseException.class, error -> count(error.kind()));
    }

    void close() {
        all.forEach(registry::remove);
    }

    private void count(DatabaseException.Kind kind) {
        Counter counter = errors.get(kind);
        if (counter != null) {
            counter.increment();
        }
    }

    private void connections(String state, PoolMetrics metrics, ToDoubleFunction<PoolMetrics> size) {
        kept(Gauge.builder("router.db.connections", metrics, size)
                .description("connections to the management database")
                .tag("state", state)
                .tag(SERVER, server)
                .register(registry));
    }

    private <M extends Meter> M kept(M meter) {
        all.add(meter);
        return meter;
    }
}
