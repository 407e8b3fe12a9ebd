package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;

/** A second level in this process: says what it was offered or given. */
final class SharedShelf implements SharedRoutes {
    private final Map<TenantId, Shared> held = new ConcurrentHashMap<>();

    void put(RouteLookup lookup, Duration age) {
        held.put(RouteCache.tenantOf(lookup), new Shared(lookup, age));
    }

    Duration ageOf(TenantId tenant) {
        return Objects.requireNonNull(held.get(tenant)).age();
    }

    boolean isEmpty() {
        return held.isEmpty();
    }

    @Override
    public Mono<List<Shared>> find(List<TenantId> tenants) {
        return Mono.fromCallable(
                () -> tenants.stream().map(held::get).filter(Objects::nonNull).toList());
    }

    @Override
    public void offer(List<RouteLookup> loaded) {
        loaded.forEach(lookup -> put(lookup, Duration.ZERO));
    }
}
