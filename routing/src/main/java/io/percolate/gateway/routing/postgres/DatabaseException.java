package io.percolate.gateway.routing.postgres;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What went wrong with the management database, by what the caller can do about it. */
public final class DatabaseException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Closed; also the metric label. */
    public enum Kind {
        /** It cannot be reached, closed the connection, is starting, stopping or full: try again later. */
        UNAVAILABLE,
        /** No connection became free, or no answer came, in time; whether a statement took effect is not known. */
        TIMEOUT,
        /** Another transaction was in the way (serialization, deadlock, lock): the same transaction may work now. */
        CONFLICT,
        /** The data contradicts a constraint, see {@link #constraint()}: trying again is no use. */
        CONSTRAINT,
        /** Anything else, e.g. a statement that does not fit the schema. */
        OTHER
    }

    private final Kind kind;
    private final @Nullable String sqlState;
    private final @Nullable String constraint;

    DatabaseException(
            Kind kind,
            String message,
            @Nullable String sqlState,
            @Nullable String constraint,
            @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.sqlState = sqlState;
        this.constraint = constraint;
    }

    DatabaseException(Kind kind, String message) {
        this(kind, message, null, null, null);
    }

    public Kind kind() {
        return kind;
    }

    /** Name of the constraint that was violated, when the kind is {@link Kind#CONSTRAINT} and the server named it. */
    public Optional<String> constraint() {
        return Optional.ofNullable(constraint);
    }

    /** The five-character SQLSTATE, when the error came from the server. */
    public Optional<String> sqlState() {
        return Optional.ofNullable(sqlState);
    }

    /** Whether the database could not be asked at all or did not answer in time, whatever the question was. */
    public boolean isOutage() {
        return kind == Kind.UNAVAILABLE || kind == Kind.TIMEOUT;
    }
}
