package io.percolate.gateway.routing.fleet;

import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.invalidation.Gap;
import io.percolate.gateway.routing.invalidation.NewsFollower;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Flushes caches in every gateway, and tells who has confirmed.
 *
 * <p>The row in {@code cache_flushes} is the order and {@code cache_flush_confirmations} the answer; notifications on
 * {@code percolate_flush_confirmations} only say when to look. Without them it looks every {@link #LOOK_INTERVAL}.
 */
public final class FleetFlush implements NewsFollower {
    /** How long callers wait who do not say otherwise. */
    public static final Duration WAIT = Duration.ofSeconds(1);

    private static final Duration LOOK_INTERVAL = Duration.ofMillis(100);
    /** Flushes and confirmations are kept this long, for people who look. */
    private static final Duration KEPT_FOR = Duration.ofDays(1);

    private final ManagementDatabase database;
    private final Sinks.Many<Long> confirmed = Sinks.many().multicast().directBestEffort();

    public FleetFlush(ManagementDatabase database) {
        this.database = database;
    }

    /**
     * Orders the flush and waits until every gateway that is alive has confirmed it, or the time has passed. Never empty.
     * Errors with {@code DatabaseException}.
     *
     * @param caches which ones, at least one
     */
    public Mono<FlushReport> flush(FlushScope scope, Set<CacheName> caches, Duration wait) {
        if (caches.isEmpty()) {
            throw new IllegalArgumentException("a flush is about at least one cache");
        }
        return order(scope, caches)
                .flatMap(ordered -> ordered.expected().isEmpty() ? Mono.just(ordered) : awaited(ordered, wait));
    }

    @Override
    public String channel() {
        return "percolate_flush_confirmations";
    }

    @Override
    public void received(String payload) {
        // Nobody may be waiting, and then nothing is lost.
        confirmed.tryEmitNext(Long.parseLong(payload, 0, payload.indexOf(':'), 10));
    }

    /** Nothing to do: who waits looks for itself. */
    @Override
    public Mono<Void> catchUp(Statements statements, Gap gap) {
        return Mono.empty();
    }

    private Mono<FlushReport> order(FlushScope scope, Set<CacheName> caches) {
        String[] names = caches.stream().sorted().map(Flush::text).toArray(String[]::new);
        return database.inTransaction(statements -> statements
                .update(
                        "DELETE FROM cache_flushes WHERE created_at < now() - $1 * interval '1 second'",
                        KEPT_FOR.toSeconds())
                .then(statements.query(
                        "SELECT id FROM gateways WHERE heartbeat_at > now() - $1 * interval '1 second' ORDER BY id",
                        row -> Objects.requireNonNull(row.get("id", UUID.class)),
                        GatewayRegistry.ALIVE_FOR.toSeconds()))
                .flatMap(alive -> statements
                        .query(
                                "INSERT INTO cache_flushes (scope, subject, caches) VALUES ($1, $2, $3) RETURNING id",
                                row -> Objects.requireNonNull(row.get("id", Long.class)),
                                Flush.kind(scope),
                                Statements.nullable(Flush.subject(scope), String.class),
                                names)
                        .map(ids -> new FlushReport(ids.getFirst(), alive, alive, 0))));
    }

    private Mono<FlushReport> awaited(FlushReport ordered, Duration wait) {
        return Flux.merge(
                        confirmed.asFlux().filter(id -> id == ordered.id()),
                        Flux.interval(LOOK_INTERVAL).onBackpressureDrop())
                .onBackpressureLatest()
                .concatMap(news -> look(ordered), 1)
                .takeUntil(FlushReport::isComplete)
                .take(wait)
                .last(ordered);
    }

    private Mono<FlushReport> look(FlushReport ordered) {
        return database.query(
                        "SELECT gateway_id, entries FROM cache_flush_confirmations WHERE flush_id = $1",
                        row -> Map.entry(
                                Objects.requireNonNull(row.get("gateway_id", UUID.class)),
                                Objects.requireNonNull(row.get("entries", Long.class))),
                        ordered.id())
                .map(rows -> report(ordered, rows));
    }

    private static FlushReport report(FlushReport ordered, List<Map.Entry<UUID, Long>> rows) {
        Set<UUID> answered = rows.stream().map(Map.Entry::getKey).collect(Collectors.toSet());
        return new FlushReport(
                ordered.id(),
                ordered.expected(),
                ordered.expected().stream().filter(id -> !answered.contains(id)).toList(),
                rows.stream().mapToLong(Map.Entry::getValue).sum());
    }
}
