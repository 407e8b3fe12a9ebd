package io.percolate.gateway.admin.pod;

/** What a pod says of itself. */
enum PodStatus {
    STARTING,
    READY,
    DRAINING,
    GONE
}
