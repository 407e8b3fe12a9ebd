package io.percolate.gateway.admin.main;

import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Problem;
import io.percolate.gateway.admin.http.ProblemKind;
import io.percolate.gateway.admin.http.Reply;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** {@code /health} and {@code /ready}: whether the process lives, and whether it can do its work. */
final class HealthResource {
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(1);

    private final ManagementDatabase database;
    private volatile boolean stopping;

    HealthResource(ManagementDatabase database) {
        this.database = database;
    }

    record Health(String status) {}

    /** From now on nobody should send more: {@code /ready} says no. */
    void stopping() {
        stopping = true;
    }

    Mono<Reply> alive(Call call) {
        return Mono.just(Reply.json(200, new Health("up")));
    }

    Mono<Reply> ready(Call call) {
        if (stopping) {
            return Mono.error(notReady("the process is stopping"));
        }
        return database.query("SELECT 1 AS one", row -> 1)
                .timeout(PROBE_TIMEOUT)
                .map(_ -> Reply.json(200, new Health("ready")))
                .onErrorMap(_ -> notReady("the management database does not answer"));
    }

    private static RuntimeException notReady(String why) {
        return Problem.of(ProblemKind.NOT_READY, why).toException();
    }
}
