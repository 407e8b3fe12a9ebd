package io.percolate.gateway.routing.fleet;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.invalidation.FlushableCache;
import io.percolate.gateway.routing.invalidation.Gap;
import io.percolate.gateway.routing.invalidation.NewsFollower;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Carries out the fleet's flushes in one gateway, and confirms each.
 *
 * <p>A message on {@code percolate_flushes} says it all, so that caches are flushed before PostgreSQL is asked anything;
 * only the confirmation is written. A flush is carried out once, however often it is heard of.
 */
public final class CacheFlushes implements NewsFollower {
    private static final Logger log = LoggerFactory.getLogger(CacheFlushes.class);
    /** Flushes remembered as done; more than can be ordered while one connection is replaced by another. */
    private static final int DONE_MAX = 10_000;

    private static final int CONFIRMATION_RETRIES_MAX = 3;
    private static final Duration CONFIRMATION_BACKOFF = Duration.ofMillis(50);

    private final ManagementDatabase database;
    private final Gateway gateway;
    private final List<FlushableCache> caches;
    private final Counter flushed;
    private final LinkedHashSet<Long> done = new LinkedHashSet<>();

    public CacheFlushes(
            ManagementDatabase database, Gateway gateway, List<FlushableCache> caches, MeterRegistry registry) {
        this.database = database;
        this.gateway = gateway;
        this.caches = List.copyOf(caches);
        this.flushed = Counter.builder("router.flushed.entries")
                .description("cache entries dropped by flushes")
                .register(registry);
    }

    /** Flushes this process's own caches only, at once; how many entries went. */
    public long flushHere(FlushScope scope, Set<CacheName> names) {
        long entries = 0;
        for (FlushableCache cache : caches) {
            if (names.contains(cache.name())) {
                entries += cache.flush(scope);
            }
        }
        flushed.increment((double) entries);
        log.info("flushed {} of {}: {} entries", names, scope, entries);
        return entries;
    }

    @Override
    public String channel() {
        return "percolate_flushes";
    }

    @Override
    public void received(String payload) {
        carryOut(Flush.parse(payload));
    }

    @Override
    public Mono<Void> catchUp(Statements statements, Gap gap) {
        Mono<List<Flush>> missed = switch (gap) {
            case Gap.Since since ->
                statements.query(
                        "SELECT " + Flush.COLUMNS + " FROM cache_flushes WHERE changed_xid >= $1::xid8 ORDER BY id",
                        Flush::of,
                        since.xmin());
            case Gap.Unknown unknown -> recent(statements);
            case Gap.OtherHistory other -> {
                forgetDone();
                yield recent(statements);
            }
        };
        return missed.doOnNext(flushes -> flushes.forEach(this::carryOut)).then();
    }

    /** Those for which somebody may still wait. */
    private static Mono<List<Flush>> recent(Statements statements) {
        return statements.query(
                "SELECT " + Flush.COLUMNS + " FROM cache_flushes"
                        + " WHERE created_at > now() - $1 * interval '1 second' ORDER BY id",
                Flush::of,
                GatewayRegistry.ALIVE_FOR.toSeconds());
    }

    private void carryOut(Flush flush) {
        if (!isNew(flush.id())) {
            return;
        }
        long entries = flushHere(flush.scope(), flush.caches());
        // A gateway that is not registered is not waited for either.
        database.update(
                        "INSERT INTO cache_flush_confirmations (flush_id, gateway_id, entries)"
                                + " SELECT f.id, g.id, $3 FROM cache_flushes f, gateways g WHERE f.id = $1 AND g.id = $2"
                                + " ON CONFLICT DO NOTHING",
                        flush.id(),
                        gateway.id(),
                        entries)
                .retryWhen(Retry.backoff(CONFIRMATION_RETRIES_MAX, CONFIRMATION_BACKOFF)
                        .filter(error -> error instanceof DatabaseException database && database.isOutage()))
                .subscribe(
                        written -> {},
                        error -> log.warn("flush {} is done, but its confirmation was not written", flush.id(), error));
    }

    private synchronized boolean isNew(long id) {
        if (!done.add(id)) {
            return false;
        }
        if (done.size() > DONE_MAX) {
            done.removeFirst();
        }
        return true;
    }

    private synchronized void forgetDone() {
        done.clear();
    }
}
