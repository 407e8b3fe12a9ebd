package io.percolate.gateway.admin.lifecycle;

import java.util.Locale;

/** Why a tenant is to leave memory or its pod; closed, and also the metric label. */
public enum EvictionReason {
    /** Not used for longer than its tier allows. */
    IDLE,
    /** Others need its place. */
    PRESSURE,
    /** Nobody of its tier is in memory, and the tier's pods are to end. */
    SCALE_DOWN,
    /** Its pod is drained. */
    DRAIN,
    /** An eviction was cut off before its end. */
    INTERRUPTED,
    /** A person asked for it. */
    REQUESTED;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
