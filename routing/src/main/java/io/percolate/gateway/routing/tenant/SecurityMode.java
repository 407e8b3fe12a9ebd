package io.percolate.gateway.routing.tenant;

/** Who may open a tenant's context blob. */
public enum SecurityMode {
    /** The gateway and the pods open it with the tenant's key. */
    NODE_BASED,
    /** Only the tenant's devices can; the gateway passes the ciphertext untouched. */
    MOBILE_ONLY
}
