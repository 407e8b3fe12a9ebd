package io.percolate.gateway.routing.redis;

import io.percolate.gateway.routing.invalidation.RouteObserver;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Writes down which changes it is told of. */
final class HeardChanges implements RouteObserver {
    private final Map<TenantId, List<Long>> versions = new ConcurrentHashMap<>();

    List<Long> of(TenantId tenant) {
        return versions.getOrDefault(tenant, List.of());
    }

    @Override
    public void changed(TenantId tenant, long version) {
        versions.computeIfAbsent(tenant, id -> new CopyOnWriteArrayList<>()).add(version);
    }

    @Override
    public void connected() {
        throw new AssertionError("Redis tells of changes only");
    }

    @Override
    public void lost(long lastHeardNanos) {
        throw new AssertionError("Redis tells of changes only");
    }

    @Override
    public void distrust() {
        throw new AssertionError("Redis tells of changes only");
    }

    @Override
    public void forget() {
        throw new AssertionError("Redis tells of changes only");
    }
}
