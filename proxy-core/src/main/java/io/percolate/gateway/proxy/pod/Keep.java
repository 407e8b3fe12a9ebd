package io.percolate.gateway.proxy.pod;

/** What of a tenant stays on a pod after an eviction. */
public enum Keep {
    DISK,
    NOTHING
}
