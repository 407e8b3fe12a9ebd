package io.percolate.gateway.context.cache;

import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;

/** A context in the cache, and as of when it is known to be the tenant's. */
final class Entry {
    /** What the objects of an entry weigh beside its content. */
    private static final int OVERHEAD_BYTES = 1024;

    private static final int CHUNK_OVERHEAD_BYTES = 32;
    private static final int CHUNK_BYTES = 64 * 1024;

    private final HeldContext context;
    private volatile Known known;

    /**
     * As of when the context is known to be the tenant's.
     *
     * @param version of the route at that time; a newer one may have seen the tenant hot, hence another context
     * @param askedNanos when the store was last asked, in vain included
     */
    private record Known(long version, long epoch, Tier tier, long confirmedNanos, long askedNanos) {}

    Entry(HeldContext context, TenantRoute route, long nowNanos) {
        this.context = context;
        this.known = known(route, nowNanos);
    }

    HeldContext context() {
        return context;
    }

    Tier tier() {
        return known.tier();
    }

    long version() {
        return known.version();
    }

    boolean isOpenedFor(TenantRoute route) {
        return context.mode() == route.securityMode();
    }

    /** Whether it can be given out unasked. */
    boolean isFresh(TenantRoute route, long nowNanos, CacheConfig config) {
        Known now = known;
        return isOpenedFor(route)
                && now.version() >= route.version()
                && nowNanos - now.askedNanos() < config.fresh().toNanos();
    }

    /** Whether it can be given out though the store cannot be asked: no pod has had the tenant since, and not too old. */
    boolean isServableStale(TenantRoute route, long nowNanos, CacheConfig config) {
        Known now = known;
        return isOpenedFor(route)
                && now.epoch() == route.epoch()
                && nowNanos - now.confirmedNanos() < config.staleMax().toNanos();
    }

    /** The store says that it still is the one. */
    void confirmed(TenantRoute route, long nowNanos) {
        known = known(route, nowNanos);
    }

    /** The store could not be asked: who comes next need not find that out again at once. */
    void askedInVain(TenantRoute route, long nowNanos) {
        Known before = known;
        known = new Known(
                Math.max(before.version(), route.version()),
                before.epoch(),
                route.tier(),
                before.confirmedNanos(),
                nowNanos);
    }

    int weight() {
        long length = context.length();
        return (int) Math.min(
                Integer.MAX_VALUE, length + OVERHEAD_BYTES + (length / CHUNK_BYTES + 1) * CHUNK_OVERHEAD_BYTES);
    }

    private static Known known(TenantRoute route, long nowNanos) {
        return new Known(route.version(), route.epoch(), route.tier(), nowNanos, nowNanos);
    }
}
