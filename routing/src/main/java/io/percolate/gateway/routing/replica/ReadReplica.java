package io.percolate.gateway.routing.replica;

import io.percolate.gateway.routing.directory.RouteReplicas;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** One server that follows the primary: whether it answers, and the newest mark that it has shown. */
final class ReadReplica implements RouteReplicas.Replica {
    private static final Logger log = LoggerFactory.getLogger(ReadReplica.class);
    private static final String MARK =
            "SELECT COALESCE((SELECT mark FROM replica_marks WHERE process = $1), 0) AS mark";

    private final String name;
    private final ManagementDatabase database;
    private final UUID marker;
    private final Duration timeout;
    private final AtomicLong mark = new AtomicLong();
    /** Not before the first probe. */
    private volatile boolean answering;

    private volatile String problem = "not asked yet";

    ReadReplica(String name, ManagementDatabase database, UUID marker, Duration timeout) {
        this.name = name;
        this.database = database;
        this.marker = marker;
        this.timeout = timeout;
    }

    String name() {
        return name;
    }

    boolean isAnswering() {
        return answering;
    }

    long mark() {
        return mark.get();
    }

    /** Why it is not answering. */
    String problem() {
        return problem;
    }

    /** Asks for its newest mark; completes when that is known, or known not to be. */
    Mono<Void> probe() {
        return Mono.defer(() ->
                        database.query(MARK, row -> Objects.requireNonNull(row.get("mark", Long.class)), marker))
                .timeout(timeout)
                .doOnNext(rows -> {
                    // Not the highest ever seen: the server may have been put back to an older state.
                    mark.set(rows.getFirst());
                    if (!answering) {
                        log.info("the replica {} answers", name);
                    }
                    answering = true;
                })
                .onErrorResume(error -> {
                    failed(error);
                    return Mono.empty();
                })
                .then();
    }

    @Override
    public Statements statements() {
        return database;
    }

    @Override
    public Duration timeout() {
        return timeout;
    }

    @Override
    public UUID marker() {
        return marker;
    }

    @Override
    public void answered(long shown) {
        mark.set(shown);
    }

    @Override
    public void failed(Throwable error) {
        problem = String.valueOf(error.getMessage());
        if (answering) {
            log.warn("the replica {} does not answer, the primary is asked instead: {}", name, problem);
        }
        answering = false;
    }

    Mono<Void> close() {
        return database.close();
    }
}
