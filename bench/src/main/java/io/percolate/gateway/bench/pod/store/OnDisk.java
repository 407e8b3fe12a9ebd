package io.percolate.gateway.bench.pod.store;

import org.jspecify.annotations.Nullable;

/**
 * What a pod's disk knows of a tenant.
 *
 * @param epoch the last one under which the tenant was here
 * @param hasData false once it was evicted altogether
 * @param location where its data went then; null when they went nowhere
 */
public record OnDisk(long epoch, boolean hasData, @Nullable String location) {
    /** Of a tenant that was never here. */
    public static final OnDisk NOTHING = new OnDisk(0, false, null);
}
