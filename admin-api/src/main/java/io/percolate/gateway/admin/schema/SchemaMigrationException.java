package io.percolate.gateway.admin.schema;

import org.jspecify.annotations.Nullable;

/** The schema could not be migrated; the message says why, for people. */
public final class SchemaMigrationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SchemaMigrationException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
