package io.percolate.gateway.routing.token.keys;

/** A key set that could not be had, with the reason for the operator. */
final class JwksException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    JwksException(String message) {
        super(message);
    }
}
