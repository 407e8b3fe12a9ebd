package io.percolate.gateway.warmup.pod;

/** What becomes of a tenant whose newest data were on a pod that is lost, though not known to be gone for good. */
public enum OnPodLoss {
    /** It is not served from a pod until that pod is back, or somebody says that it never will be. */
    WAIT,
    /** It goes on from its last snapshot in S3; what was written after that is lost. */
    RESTORE_SNAPSHOT
}
