package io.percolate.gateway.bench.pod.host;

/** What stays on a pod after an eviction. */
public enum Keep {
    DISK,
    NOTHING
}
