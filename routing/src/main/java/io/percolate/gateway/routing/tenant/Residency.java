package io.percolate.gateway.routing.tenant;

/** Where a tenant's data is right now. */
public enum Residency {
    /** Loaded in one pod's memory: requests are forwarded there. */
    HOT,
    /** On one pod's disk, out of memory: a cold start, and the wake prefers that pod. */
    WARM,
    /** In no pod; its context blob is in S3: a cold start. */
    COLD,
    /** Its data is archived in S3: a cold start whose wake restores first. */
    ARCHIVED,
    /** Being handed from one pod to another: requests are held, for at most the hold limit. */
    MOVING
}
