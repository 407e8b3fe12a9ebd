package io.percolate.gateway.admin.cli;

import org.jspecify.annotations.Nullable;

/** A command that could not do what it was asked; the message says why, for people. */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CommandFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
