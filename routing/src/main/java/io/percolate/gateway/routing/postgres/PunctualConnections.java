package io.percolate.gateway.routing.postgres;

import io.percolate.gateway.routing.postgres.DatabaseException.Kind;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * Opens connections under a deadline without ever cancelling the driver.
 *
 * <p>A handshake that is cancelled half-way leaves its socket behind, and with it a backend that authenticates until its
 * own time is up. So who waits gives up at the deadline, and a connection that arrives later is closed; {@link #close}
 * waits for handshakes under way.
 */
final class PunctualConnections implements ConnectionFactory {
    private static final Logger log = LoggerFactory.getLogger(PunctualConnections.class);

    private final ConnectionFactory driver;
    private final Duration deadline;
    private final AtomicInteger handshakes = new AtomicInteger();
    private final Sinks.Empty<Void> drained = Sinks.empty();
    private volatile boolean closed;

    PunctualConnections(ConnectionFactory driver, Duration deadline) {
        this.driver = driver;
        this.deadline = deadline;
    }

    @Override
    public Mono<Connection> create() {
        return Mono.create(this::open);
    }

    /** Refuses further connections, and completes when no handshake is under way any more or their time is up. */
    Mono<Void> close() {
        return Mono.defer(() -> {
            closed = true;
            if (handshakes.get() == 0) {
                drained.tryEmitEmpty();
            }
            return drained.asMono().timeout(deadline, Mono.empty());
        });
    }

    private void open(MonoSink<Connection> caller) {
        handshakes.incrementAndGet();
        if (closed) {
            ended();
            caller.error(new DatabaseException(Kind.UNAVAILABLE, "the connections to PostgreSQL are closed"));
            return;
        }
        AtomicBoolean settled = new AtomicBoolean();
        Disposable alarm = Schedulers.parallel()
                .schedule(() -> giveUp(caller, settled), deadline.toMillis(), TimeUnit.MILLISECONDS);
        caller.onCancel(() -> {
            settled.set(true);
            alarm.dispose();
        });
        Mono.from(driver.create())
                .subscribe(
                        connection -> {
                            alarm.dispose();
                            arrived(connection, caller, settled);
                        },
                        error -> {
                            alarm.dispose();
                            ended();
                            if (settled.compareAndSet(false, true)) {
                                caller.error(error);
                            }
                        });
    }

    private void giveUp(MonoSink<Connection> caller, AtomicBoolean settled) {
        if (settled.compareAndSet(false, true)) {
            caller.error(new DatabaseException(
                    Kind.UNAVAILABLE, "no connection to PostgreSQL within " + deadline.toMillis() + " ms"));
        }
    }

    private void arrived(Connection connection, MonoSink<Connection> caller, AtomicBoolean settled) {
        if (settled.compareAndSet(false, true)) {
            caller.success(connection);
            ended();
            return;
        }
        Mono.from(connection.close())
                .doFinally(signal -> ended())
                .subscribe(ignored -> {}, error -> log.debug("closing a connection that came too late failed", error));
    }

    private void ended() {
        if (handshakes.decrementAndGet() == 0 && closed) {
            drained.tryEmitEmpty();
        }
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
        return driver.getMetadata();
    }
}
