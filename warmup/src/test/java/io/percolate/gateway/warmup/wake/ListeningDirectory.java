package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.directory.RouteExplanation;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.invalidation.RouteChanges;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A directory that reads a row when PostgreSQL says that it changed; no cache, no bounds. */
final class ListeningDirectory implements RouteDirectory, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ListeningDirectory.class);

    private final ManagementDatabase database;
    private final ConcurrentHashMap<TenantId, Latest> latest = new ConcurrentHashMap<>();
    private final Disposable listening;

    ListeningDirectory(ManagementDatabase database) {
        this.database = database;
        this.listening = database.listening(
                        List.of("percolate_routes"),
                        connection -> connection
                                .notifications()
                                .concatMapIterable(notification -> {
                                    List<TenantId> changed = new ArrayList<>();
                                    RouteChanges.read(notification.payload(), (tenant, version) -> changed.add(tenant));
                                    return changed;
                                })
                                .filter(latest::containsKey)
                                // What changed before it listened is told to nobody.
                                .mergeWith(Flux.defer(() -> Flux.fromIterable(latest.keySet())))
                                .concatMap(this::refresh)
                                .then())
                .subscribe(nothing -> {}, error -> log.error("listens no more", error));
    }

    @Override
    public @Nullable RouteLookup cached(TenantId tenant) {
        Latest entry = latest.get(tenant);
        return entry == null ? null : entry.value;
    }

    @Override
    public Mono<RouteLookup> lookup(TenantId tenant) {
        return refresh(tenant);
    }

    @Override
    public Mono<RouteLookup> refresh(TenantId tenant) {
        return database.queryFirst(WakeSql.READ, WakeRows::tenant, tenant.value())
                .map(row -> row.<RouteLookup>map(found -> new RouteLookup.Known(found.route()))
                        .orElseGet(() -> new RouteLookup.Unknown(tenant, 0)))
                .doOnNext(lookup -> entry(tenant).offer(lookup));
    }

    @Override
    public Flux<RouteLookup> watch(TenantId tenant) {
        return Flux.defer(() -> {
            Latest entry = entry(tenant);
            return refresh(tenant).thenMany(entry.sink.asFlux());
        });
    }

    @Override
    public void learn(TenantRoute route) {
        entry(route.tenant()).offer(new RouteLookup.Known(route));
    }

    @Override
    public @Nullable RouteExplanation explain(TenantId tenant) {
        return null;
    }

    @Override
    public void close() {
        listening.dispose();
    }

    private Latest entry(TenantId tenant) {
        return latest.computeIfAbsent(tenant, key -> new Latest());
    }

    private static final class Latest {
        private final Sinks.Many<RouteLookup> sink = Sinks.many().replay().latest();
        private volatile @Nullable RouteLookup value;

        synchronized void offer(RouteLookup lookup) {
            RouteLookup before = value;
            if (before == null || lookup.version() > before.version()) {
                value = lookup;
                sink.tryEmitNext(lookup);
            }
        }
    }
}
