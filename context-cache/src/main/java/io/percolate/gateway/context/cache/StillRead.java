package io.percolate.gateway.context.cache;

import io.percolate.gateway.routing.tenant.TenantId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Entries that the cache has let go for want of room while somebody reads them: their memory is taken in any case, so who comes next
 * shares it. Each is forgotten once its last reader has gone.
 */
final class StillRead {
    private final ConcurrentMap<TenantId, Entry> entries = new ConcurrentHashMap<>();

    /** Nothing, where nobody reads it any more. */
    void add(TenantId tenant, Entry entry) {
        entries.put(tenant, entry);
        if (!entry.context().whenUnread(() -> entries.remove(tenant, entry))) {
            entries.remove(tenant, entry);
        }
    }

    @Nullable
    Entry get(TenantId tenant) {
        return entries.get(tenant);
    }

    void drop(TenantId tenant) {
        entries.remove(tenant);
    }

    Map<TenantId, Entry> all() {
        return entries;
    }
}
