package io.percolate.gateway.routing.schema;

/** The management schema does not fit this build; the message says what to do about it. */
public final class SchemaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SchemaException(String message) {
        super(message);
    }
}
