package io.percolate.gateway.routing.postgres;

import io.percolate.gateway.routing.postgres.DatabaseException.Kind;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Opens connections under a deadline without ever cancelling the driver.
 *
 * <p>A handshake that is cancelled half-way leaves its socket behind. So who waits gives up at the deadline, and a
 * connection that arrives later is closed.
 */
final class PunctualConnections implements ConnectionFactory {
    private static final Logger log = LoggerFactory.getLogger(PunctualConnections.class);

    private final ConnectionFactory driver;
    private final Duration deadline;

    PunctualConnections(ConnectionFactory driver, Duration deadline) {
        this.driver = driver;
        this.deadline = deadline;
    }

    @Override
    public Mono<Connection> create() {
        return Mono.create(sink -> {
            AtomicBoolean settled = new AtomicBoolean();
            Disposable alarm = Schedulers.parallel()
                    .schedule(
                            () -> {
                                if (settled.compareAndSet(false, true)) {
                                    sink.error(new DatabaseException(
                                            Kind.UNAVAILABLE,
                                            "no connection to PostgreSQL within " + deadline.toMillis() + " ms"));
                                }
                            },
                            deadline.toMillis(),
                            TimeUnit.MILLISECONDS);
            sink.onCancel(() -> {
                settled.set(true);
                alarm.dispose();
            });
            Mono.from(driver.create())
                    .subscribe(
                            connection -> {
                                alarm.dispose();
                                if (settled.compareAndSet(false, true)) {
                                    sink.success(connection);
                                } else {
                                    closeLate(connection);
                                }
                            },
                            error -> {
                                alarm.dispose();
                                if (settled.compareAndSet(false, true)) {
                                    sink.error(error);
                                }
                            });
        });
    }

    private static void closeLate(Connection connection) {
        Mono.from(connection.close())
                .subscribe(ignored -> {}, error -> log.debug("closing a connection that came too late failed", error));
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
        return driver.getMetadata();
    }
}
