package io.percolate.gateway.proxy.engine;

import java.io.IOException;

/** A pod answered a new connection in another protocol than its tier's, or not at all. */
final class UnexpectedProtocolException extends IOException {
    private static final long serialVersionUID = 1L;

    UnexpectedProtocolException(String message) {
        super(message);
    }
}
