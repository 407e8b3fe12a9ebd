package io.percolate.gateway.proxy.limit;

/** A request that asks to come in. */
public interface LimitedRequest {
    /** Whether it is the first on its connection. */
    default boolean opensConnection() {
        return false;
    }

    /** It may come in, and has a place among its tenant's, which it has to leave when it is over. */
    void admitted(TenantAllowance allowance);
}
