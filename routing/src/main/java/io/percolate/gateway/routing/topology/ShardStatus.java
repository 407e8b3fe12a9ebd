package io.percolate.gateway.routing.topology;

/** Standing of a shard. */
public enum ShardStatus {
    /** Keys are mapped to it. */
    ACTIVE,
    /** No key is mapped to it any more; tenants that are pinned to it stay. */
    DRAINING,
    /** Serves nobody. */
    RETIRED
}
