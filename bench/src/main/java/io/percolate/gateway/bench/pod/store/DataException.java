package io.percolate.gateway.bench.pod.store;

/** Data that cannot be read, written, packed or unpacked. */
public final class DataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
