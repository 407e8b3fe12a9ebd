package io.percolate.gateway.bench.pod;

/** What the reference pod tells of itself with every answer to a tenant's own requests. */
public final class TenantAnswers {
    /** Field: the pod that answered. */
    public static final String POD = "X-Served-By-Pod";
    /** Field: the epoch under which it had the tenant. */
    public static final String EPOCH = "X-Served-Epoch";
    /** Field: microseconds from the moment that the tenant was in memory to the one that the request came in. */
    public static final String HOT_MICROS = "X-Served-Hot-Micros";

    private TenantAnswers() {}
}
