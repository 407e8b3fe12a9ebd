package io.percolate.gateway.proxy.engine.tls;

/** Keys or certificates cannot be used as they are; the message says which file and why, and holds no secret. */
public final class TlsMaterialException extends Exception {
    private static final long serialVersionUID = 1L;

    public TlsMaterialException(String message) {
        super(message);
    }

    public TlsMaterialException(String message, Throwable cause) {
        super(message, cause);
    }
}
