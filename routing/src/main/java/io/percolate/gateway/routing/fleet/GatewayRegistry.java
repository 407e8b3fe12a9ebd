package io.percolate.gateway.routing.fleet;

import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/**
 * Keeps one gateway's row in {@code gateways} alive, so that flushes know to wait for it.
 *
 * <p>A gateway is alive while its last beat is younger than {@link #ALIVE_FOR}, by the database's clock. Each beat
 * writes the whole row, so that one that was pruned while the database was away comes back.
 */
public final class GatewayRegistry {
    /** How often a gateway beats. */
    public static final Duration BEAT_INTERVAL = Duration.ofSeconds(3);
    /** How long a gateway counts as alive after a beat. */
    public static final Duration ALIVE_FOR = Duration.ofSeconds(15);

    private static final Logger log = LoggerFactory.getLogger(GatewayRegistry.class);
    /** Rows of gateways that died without saying so are kept this long, for people who look. */
    private static final Duration DEAD_KEPT_FOR = Duration.ofHours(1);

    private final ManagementDatabase database;
    private final Gateway gateway;
    private volatile int alive = 1;
    private final AtomicReference<Disposable> beating = new AtomicReference<>(Disposables.disposed());

    public GatewayRegistry(ManagementDatabase database, Gateway gateway) {
        this.database = database;
        this.gateway = gateway;
    }

    public Gateway gateway() {
        return gateway;
    }

    /** How many gateways were alive at the last beat that was written, this one included; 1 before. */
    public int alive() {
        return alive;
    }

    /** Writes the row, now. Errors with {@code DatabaseException}. */
    public Mono<Void> register() {
        return database.update(
                        "INSERT INTO gateways (id, host, ops_port, version_label) VALUES ($1, $2, $3, $4)"
                                + " ON CONFLICT (id) DO UPDATE SET heartbeat_at = now()",
                        gateway.id(),
                        gateway.host(),
                        gateway.opsPort(),
                        gateway.versionLabel())
                .then(database.update(
                        "DELETE FROM gateways WHERE heartbeat_at < now() - $1 * interval '1 second'",
                        DEAD_KEPT_FOR.toSeconds()))
                .then(database.query(
                        "SELECT count(*) AS alive FROM gateways WHERE heartbeat_at > now() - $1 * interval '1 second'",
                        row -> Objects.requireNonNull(row.get("alive", Long.class)),
                        ALIVE_FOR.toSeconds()))
                .doOnNext(rows -> alive = Math.clamp(rows.getFirst(), 1, Integer.MAX_VALUE))
                .then();
    }

    /** Beats in the background until {@link #close}, whether or not the database answers. */
    public void start() {
        Disposable beats = register()
                .onErrorResume(DatabaseException.class, error -> {
                    log.warn("this gateway's heartbeat was not written: {}", error.getMessage());
                    return Mono.empty();
                })
                .then(Mono.delay(BEAT_INTERVAL))
                .repeat()
                .subscribe(ignored -> {}, error -> log.error("the heartbeat has stopped", error));
        beating.getAndSet(beats).dispose();
    }

    /** Stops beating and removes the row. Errors with {@code DatabaseException}; the row then dies of age. */
    public Mono<Void> close() {
        return Mono.defer(() -> {
            beating.getAndSet(Disposables.disposed()).dispose();
            return database.update("DELETE FROM gateways WHERE id = $1", gateway.id())
                    .then();
        });
    }
}
