package io.percolate.gateway.routing.redis;

import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.directory.RouteExplanation;
import io.percolate.gateway.routing.invalidation.Gap;
import io.percolate.gateway.routing.invalidation.NewsConfig;
import io.percolate.gateway.routing.invalidation.NewsFollower;
import io.percolate.gateway.routing.invalidation.RouteChanges;
import io.percolate.gateway.routing.invalidation.RouteObserver;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.List;
import java.util.Objects;
import reactor.core.publisher.Mono;

/** Follows the changes of routes for an observer and, with it, for what Redis holds of them. */
public final class SharedRouteNews implements NewsFollower {
    private static final String HISTORY = "SELECT (SELECT system_identifier FROM pg_control_system())"
            + " || ':' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) AS history";

    private final RouteChanges changes;
    private final DatabaseHistory history;

    /** @param directory told by the observer */
    public SharedRouteNews(
            RouteObserver observer,
            RouteDirectory directory,
            RedisRoutes shared,
            DatabaseHistory history,
            NewsConfig config) {
        this.changes = new RouteChanges(new Both(observer, directory, shared), config);
        this.history = history;
    }

    @Override
    public String channel() {
        return changes.channel();
    }

    @Override
    public void received(String payload) {
        changes.received(payload);
    }

    @Override
    public Mono<Void> catchUp(Statements statements, Gap gap) {
        return statements
                .query(HISTORY, row -> Objects.requireNonNull(row.get("history", String.class)))
                .doOnNext(rows -> history.learn(rows.getFirst()))
                .then(changes.catchUp(statements, gap));
    }

    @Override
    public void connected() {
        changes.connected();
    }

    @Override
    public void lost(long lastHeardNanos) {
        changes.lost(lastHeardNanos);
    }

    private record Both(RouteObserver observer, RouteDirectory directory, RedisRoutes shared) implements RouteObserver {
        @Override
        public void changed(TenantId tenant, long version) {
            observer.changed(tenant, version);
            shared.changed(tenant, version);
            // What this gateway has brought about itself, a wake above all, it does not load again: nor offer
            // otherwise.
            RouteExplanation kept = directory.explain(tenant);
            if (kept != null && kept.lookup().version() >= version) {
                shared.offer(List.of(kept.lookup()));
            }
        }

        @Override
        public void connected() {
            observer.connected();
        }

        @Override
        public void lost(long lastHeardNanos) {
            observer.lost(lastHeardNanos);
        }

        @Override
        public void distrust() {
            observer.distrust();
        }

        @Override
        public void forget() {
            observer.forget();
        }
    }
}
