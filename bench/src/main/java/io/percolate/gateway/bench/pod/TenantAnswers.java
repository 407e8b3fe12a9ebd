package io.percolate.gateway.bench.pod;

/** What the reference pod tells of itself with every answer to a tenant's own requests. */
public final class TenantAnswers {
    /** Field: the pod that answered. */
    public static final String POD = "X-Served-By-Pod";
    /** Field: the epoch under which it had the tenant. */
    public static final String EPOCH = "X-Served-Epoch";

    private TenantAnswers() {}
}
