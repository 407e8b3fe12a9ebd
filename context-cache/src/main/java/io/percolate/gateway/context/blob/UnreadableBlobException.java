package io.percolate.gateway.context.blob;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A blob, or the key that it needs, cannot be opened; the message is for the operator. */
public final class UnreadableBlobException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Unreadable reason;

    public UnreadableBlobException(Unreadable reason, String message) {
        this(reason, message, null);
    }

    public UnreadableBlobException(Unreadable reason, String message, @Nullable Throwable cause) {
        super(reason.label() + ": " + message, cause);
        this.reason = reason;
    }

    public Unreadable reason() {
        return reason;
    }
}
