package io.percolate.gateway.routing.invalidation;

/** The caches of a gateway process that can be flushed; in the API by their lower-case names. */
public enum CacheName {
    ROUTES,
    TOKENS,
    CONTEXT
}
