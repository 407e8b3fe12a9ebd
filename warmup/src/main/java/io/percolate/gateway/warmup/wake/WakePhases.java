package io.percolate.gateway.warmup.wake;

/**
 * Where the time of one wake went, in nanoseconds.
 *
 * @param placeNanos choosing a pod and being assigned to it
 * @param scaleNanos waiting for a pod with room, which evictions or the autoscaler make
 * @param loadNanos the pod's answer to the order to load
 * @param probeNanos asking the pod until the tenant was hot
 */
public record WakePhases(long placeNanos, long scaleNanos, long loadNanos, long probeNanos) {
    public long sumNanos() {
        return placeNanos + scaleNanos + loadNanos + probeNanos;
    }
}
