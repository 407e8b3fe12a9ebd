package io.percolate.gateway.routing.postgres;

import io.percolate.gateway.routing.postgres.DatabaseException.Kind;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * Opens connections to the first host that answers and, where asked for, takes writes; the last good one is tried first.
 *
 * <p>When another host than before answers, connections of the former one are no longer used: it may be a primary that
 * has become a standby, and would go on answering reads from the past.
 */
final class HostConnections implements ConnectionFactory {
    private static final Logger log = LoggerFactory.getLogger(HostConnections.class);
    private static final String IS_READ_ONLY = "SHOW transaction_read_only";
    private static final long NEVER = Long.MIN_VALUE;

    private final List<DatabaseHost> hosts;
    private final List<? extends ConnectionFactory> factories;
    private final boolean writable;
    private final Duration checkTimeout;
    private final PunctualConnections punctual;
    private final AtomicInteger lastGood = new AtomicInteger();
    private volatile long movedMillis = NEVER;

    HostConnections(DatabaseConfig config, String applicationName, LoopResources loops) {
        this.hosts = config.hosts();
        this.factories = hosts.stream()
                .map(host -> Driver.connections(config, host, applicationName, loops))
                .toList();
        this.writable = config.writable();
        this.checkTimeout = config.statementTimeout();
        this.punctual = new PunctualConnections(this, config.connectTimeout());
    }

    /** The same under a deadline over all hosts. */
    PunctualConnections punctual() {
        return punctual;
    }

    /** Whether a connection of this age was made before another host took over. */
    boolean isOfFormerHost(long ageMillis) {
        long moved = movedMillis;
        return moved != NEVER && nowMillis() - ageMillis < moved;
    }

    private static long nowMillis() {
        return System.nanoTime() / 1_000_000;
    }

    @Override
    public Mono<Connection> create() {
        return Mono.defer(() -> attempt(lastGood.get(), 0, new ArrayList<>()));
    }

    private Mono<Connection> attempt(int index, int attempts, List<String> refusals) {
        return Mono.<Connection>from(factories.get(index).create())
                .flatMap(connection -> writable ? writable(connection) : Mono.just(connection))
                .doOnNext(connection -> settle(index))
                .onErrorResume(error -> {
                    if (hosts.size() == 1) {
                        return Mono.error(error);
                    }
                    refusals.add(hosts.get(index) + ": " + error.getMessage());
                    return attempts + 1 == hosts.size()
                            ? Mono.error(new DatabaseException(
                                    Kind.UNAVAILABLE,
                                    "no host will do: " + String.join("; ", refusals),
                                    null,
                                    null,
                                    error))
                            : attempt((index + 1) % hosts.size(), attempts + 1, refusals);
                });
    }

    private void settle(int index) {
        int before = lastGood.getAndSet(index);
        if (before != index) {
            movedMillis = nowMillis();
            log.warn("the management database is at {} now, and was at {}", hosts.get(index), hosts.get(before));
        }
    }

    /** The connection if its server takes writes; else it is closed, and an error says so. */
    private Mono<Connection> writable(Connection connection) {
        return Mono.from(connection.createStatement(IS_READ_ONLY).execute())
                .flatMap(result -> Mono.from(result.map(row -> "on".equals(row.get(0, String.class)))))
                .timeout(checkTimeout)
                .flatMap(readOnly -> readOnly
                        ? Mono.<Connection>error(
                                new DatabaseException(Kind.UNAVAILABLE, "takes no writes: it is a standby"))
                        : Mono.just(connection))
                .onErrorResume(
                        error -> Mono.from(connection.close()).onErrorComplete().then(Mono.error(error)));
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
        return factories.getFirst().getMetadata();
    }
}
