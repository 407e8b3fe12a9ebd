package io.percolate.gateway.proxy.cold;

/** What keeps a request from being held; closed, and also the metric label. */
public enum HoldBound {
    /** Requests of one tenant. */
    TENANT,
    /** Requests of one tier, so that free tenants leave room for others. */
    TIER,
    /** Requests of the process. */
    REQUESTS,
    /** Memory that held requests may take in the process. */
    BYTES
}
