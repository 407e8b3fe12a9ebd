package io.percolate.gateway.context.store;

import io.percolate.gateway.context.blob.Unreadable;
import io.percolate.gateway.context.blob.UnreadableBlobException;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.postgres.DatabaseException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns what goes wrong with blobs and their keys into failures. */
final class BlobFailures {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private BlobFailures() {}

    static Throwable of(ObjectName name, Throwable error) {
        return switch (error) {
            case FailureException known -> known;
            case SupersededException superseded -> superseded;
            case UnreadableBlobException unreadable
            when unreadable.reason() == Unreadable.CONTENT_TOO_LARGE -> tooLarge(name, unreadable);
            case UnreadableBlobException unreadable ->
                Failure.of(FailureKind.CONTEXT_UNREADABLE, "what is stored for this tenant cannot be opened")
                        .withOperatorDetail(name.key() + ": " + unreadable.getMessage())
                        .toException(unreadable);
            case DatabaseException database ->
                Failure.of(
                                FailureKind.CONTEXT_STORE_UNAVAILABLE,
                                "the keys of the tenants' contexts cannot be read now")
                        .withRetryAfter(RETRY_AFTER)
                        .withOperatorDetail(name.key() + ": " + database.getMessage())
                        .toException(database);
            case IOException broken when broken.getCause() instanceof FailureException known -> known;
            default -> error;
        };
    }

    static FailureException tooLarge(ObjectName name, Throwable cause) {
        return Failure.of(FailureKind.CONTEXT_TOO_LARGE, "what is stored for this tenant is too large to be given out")
                .withOperatorDetail(name.key() + ": " + cause.getMessage())
                .toException(cause);
    }

    static FailureException transferTimeout(ObjectName name, Duration timeout) {
        return Failure.of(
                        FailureKind.CONTEXT_STORE_UNAVAILABLE, "the store of the tenants' contexts answers too slowly")
                .withRetryAfter(RETRY_AFTER)
                .withOperatorDetail(name.key() + ": not whole within " + timeout.toMillis() + " ms")
                .toException();
    }

    /** Why a blob could not be opened, where that is what a failure is about. */
    static Optional<Unreadable> reason(Throwable error) {
        for (@Nullable Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnreadableBlobException unreadable) {
                return Optional.of(unreadable.reason());
            }
        }
        return Optional.empty();
    }
}
