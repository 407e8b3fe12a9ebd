package io.percolate.gateway.proxy.overload;

/**
 * How much of one resource is in use.
 *
 * @param source asked by one thread at a time, at each look; answers in the unit of the resource
 */
public record ResourceGauge(Resource resource, Source source) {
    /** What knows of a resource. */
    @FunctionalInterface
    public interface Source {
        double use(long nowNanos);
    }
}
