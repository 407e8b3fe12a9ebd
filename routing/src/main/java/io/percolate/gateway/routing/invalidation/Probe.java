package io.percolate.gateway.routing.invalidation;

import io.percolate.gateway.routing.postgres.Statements;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Proves that notifications arrive, by sending one to oneself.
 *
 * <p>PostgreSQL delivers notifications in the order in which they were queued, and a transaction queues its own before
 * it becomes visible. So once the probe has come back, every notification of a transaction below the {@code xmin} of
 * the probe's snapshot has come before it: that xmin is a safe mark to catch up from.
 */
final class Probe {
    private final String channel =
            "percolate_probe_" + UUID.randomUUID().toString().replace("-", "");
    private final AtomicLong sent = new AtomicLong();
    private final AtomicReference<@Nullable Awaited> awaited = new AtomicReference<>();

    private record Awaited(String nonce, Sinks.Empty<Void> arrival) {}

    /**
     * What came back.
     *
     * @param history of the database: its identity and its time line
     * @param readOnly whether the server takes no writes
     */
    record Echo(String xmin, String history, boolean readOnly, Duration lag) {}

    String channel() {
        return channel;
    }

    void received(String payload) {
        Awaited waiting = awaited.get();
        if (waiting != null && waiting.nonce().equals(payload)) {
            waiting.arrival().tryEmitEmpty();
        }
    }

    /** Sends a probe and waits until it has come back; never empty. */
    Mono<Echo> send(Statements statements, Duration timeout) {
        return Mono.defer(() -> {
            Awaited waiting = new Awaited(Long.toString(sent.incrementAndGet()), Sinks.empty());
            awaited.set(waiting);
            long begin = System.nanoTime();
            return statements
                    .query(
                            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin,"
                                    + " (SELECT system_identifier FROM pg_control_system())"
                                    + " || ':' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) AS history,"
                                    + " current_setting('transaction_read_only') AS read_only,"
                                    + " pg_notify($1, $2)::text AS queued",
                            row -> List.of(
                                    Objects.requireNonNull(row.get("xmin", String.class)),
                                    Objects.requireNonNull(row.get("history", String.class)),
                                    Objects.requireNonNull(row.get("read_only", String.class))),
                            channel,
                            waiting.nonce())
                    .map(rows -> rows.get(0))
                    .flatMap(row -> waiting.arrival().asMono().thenReturn(row))
                    .timeout(timeout)
                    .map(row -> new Echo(
                            row.get(0),
                            row.get(1),
                            row.get(2).equals("on"),
                            Duration.ofNanos(System.nanoTime() - begin)));
        });
    }
}
