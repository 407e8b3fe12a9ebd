package io.percolate.gateway.proxy.pod.data;

/** Data that cannot be read, written, packed or unpacked; what was there before is unchanged. */
public final class DataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, Throwable cause) {
        super(message, cause);
    }
}
