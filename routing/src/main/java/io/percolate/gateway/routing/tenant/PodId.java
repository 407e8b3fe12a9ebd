package io.percolate.gateway.routing.tenant;

/** Identity of a tier pod, as in the {@code pods} table (in Kubernetes: the pod's name). */
public record PodId(String value) {
    private static final int LENGTH_MAX = 255;

    public PodId {
        if (value.isBlank() || value.length() > LENGTH_MAX) {
            throw new IllegalArgumentException("a pod id has 1 to " + LENGTH_MAX + " characters: '" + value + "'");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
