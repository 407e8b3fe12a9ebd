package io.percolate.gateway.routing.process;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.schema.SchemaVersion;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * How long a starting process waits for the management database, which may be starting, too.
 *
 * @param patience over all attempts; then the start fails
 */
public record DatabaseStart(Duration patience) {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseStart.class);
    private static final Duration PAUSE = Duration.ofMillis(500);

    public static DatabaseStart read(ConfigReader reader) {
        return new DatabaseStart(reader.duration(
                "GATEWAY_DB_STARTUP_WAIT",
                Duration.ofSeconds(30),
                Duration.ZERO,
                Duration.ofHours(1),
                "how long a start waits for PostgreSQL before it fails"));
    }

    /**
     * The schema's version, once PostgreSQL answers. Errors with {@code DatabaseException} when it has not in time,
     * and at once with {@code SchemaException} when this build must not start on the schema.
     */
    public Mono<SchemaVersion> schema(ManagementDatabase database) {
        return Mono.defer(() -> {
            long startedNanos = System.nanoTime();
            return SchemaVersion.check(database)
                    .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, PAUSE)
                            .filter(error -> error instanceof DatabaseException outage
                                    && outage.isOutage()
                                    && System.nanoTime() - startedNanos < patience.toNanos())
                            .doBeforeRetry(attempt -> LOG.warn(
                                    "waiting for PostgreSQL, attempt {}, {} s of at most {} s: {}",
                                    attempt.totalRetries() + 1,
                                    (System.nanoTime() - startedNanos) / 1_000_000_000L,
                                    patience.toSeconds(),
                                    attempt.failure().getMessage())));
        });
    }
}
