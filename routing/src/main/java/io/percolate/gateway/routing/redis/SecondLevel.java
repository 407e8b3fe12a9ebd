package io.percolate.gateway.routing.redis;

import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.directory.SharedRoutes;
import io.percolate.gateway.routing.invalidation.FlushableCache;
import io.percolate.gateway.routing.invalidation.NewsConfig;
import io.percolate.gateway.routing.invalidation.NewsFollower;
import io.percolate.gateway.routing.invalidation.RouteChanges;
import io.percolate.gateway.routing.invalidation.RouteObserver;
import io.percolate.gateway.routing.quota.SharedQuotas;
import io.percolate.gateway.routing.token.keys.SharedKeySets;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** What a gateway has of Redis, which is nothing where none is configured. */
public final class SecondLevel {
    private final DatabaseHistory history = new DatabaseHistory();
    private final @Nullable RedisLink link;
    private final @Nullable RedisRoutes routes;
    private final SharedKeySets keySets;
    private final SharedQuotas quotas;

    private SecondLevel(RedisConfig config, MeterRegistry registry, Clock clock) {
        this.link = config.isPresent() ? RedisLink.open(config, registry) : null;
        this.routes = link == null ? null : new RedisRoutes(link, config, history, clock);
        this.quotas = link == null ? SharedQuotas.NONE : new RedisQuotas(link, config);
        this.keySets = link == null ? SharedKeySets.NONE : new RedisKeySets(link, config, clock);
    }

    /** Begins to connect in the background, where there is something to connect to. */
    public static SecondLevel open(RedisConfig config, MeterRegistry registry, Clock clock) {
        return new SecondLevel(config, registry, clock);
    }

    public SharedRoutes routes() {
        return routes == null ? SharedRoutes.NONE : routes;
    }

    public SharedKeySets keySets() {
        return keySets;
    }

    public SharedQuotas quotas() {
        return quotas;
    }

    /** What a flush has to reach. */
    public List<FlushableCache> caches() {
        return routes == null ? List.of() : List.of(routes);
    }

    /** Who follows the changes of routes for the directory; and, where there is Redis, for what it holds of them. */
    public NewsFollower follower(PostgresRouteDirectory directory, NewsConfig config) {
        return follower(directory, directory, config);
    }

    /** The same for one who tells the directory. */
    public NewsFollower follower(RouteObserver observer, RouteDirectory directory, NewsConfig config) {
        return routes == null
                ? new RouteChanges(observer, config)
                : new SharedRouteNews(observer, directory, routes, history, config);
    }

    /** Tells the directory of changes that Redis is told by other gateways. */
    public void listen(RouteObserver directory) {
        if (routes != null) {
            routes.listen(directory);
        }
    }

    /** Empty where no Redis is configured. */
    public Optional<RedisStatus> status() {
        return Optional.ofNullable(link).map(RedisLink::status);
    }

    /** Never errors. */
    public Mono<Void> close() {
        return link == null ? Mono.empty() : link.close();
    }
}
