package io.percolate.gateway.proxy.noise;

/** What tenants take of a gateway. */
public enum TenantMeasure {
    REQUESTS,
    /** Answers by 5xx, and none. */
    ERRORS,
    /** Microseconds until answers began: what requests occupy. */
    LATENCY,
    /** Of bodies, both ways. */
    BYTES
}
