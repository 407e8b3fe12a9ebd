package io.percolate.gateway.proxy.ops;

import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushableCache;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The caches of this process by name. */
public final class LocalCaches {
    private final List<FlushableCache> caches;

    public LocalCaches(List<FlushableCache> caches) {
        this.caches = List.copyOf(caches);
    }

    /** Drops what was asked for, here only; how many entries went from each cache that was asked. */
    Map<CacheName, Long> flush(FlushRequest request) {
        Map<CacheName, Long> dropped = new EnumMap<>(CacheName.class);
        for (FlushableCache cache : caches) {
            if (request.caches().contains(cache.name())) {
                dropped.merge(cache.name(), cache.flush(request.scope()), Long::sum);
            }
        }
        return dropped;
    }
}
