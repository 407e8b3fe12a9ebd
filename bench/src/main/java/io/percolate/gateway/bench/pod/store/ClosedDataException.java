package io.percolate.gateway.bench.pod.store;

/** The tenant's data were closed before the call could begin; nothing was read or written. */
public final class ClosedDataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ClosedDataException() {
        super("the tenant's data are no longer open");
    }
}
