package io.percolate.gateway.routing.invalidation;

/** A cache that drops entries when told to. */
public interface FlushableCache {
    CacheName name();

    /** Drops what the scope covers; a load under way for it will not be cached. Returns how many entries went. */
    long flush(FlushScope scope);
}
