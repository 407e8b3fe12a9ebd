package io.percolate.gateway.routing.failure;

import org.jspecify.annotations.Nullable;

/** Carries a {@link Failure} through reactive types; without a stack trace, since the kind says where it arose. */
public final class FailureException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Failure failure;

    FailureException(Failure failure, @Nullable Throwable cause) {
        super(
                failure.operatorDetail() == null
                        ? failure.kind() + ": " + failure.clientDetail()
                        : failure.kind() + ": " + failure.clientDetail() + " (" + failure.operatorDetail() + ")",
                cause,
                false,
                false);
        this.failure = failure;
    }

    public Failure failure() {
        return failure;
    }

    /** The failure that an error stands for: its own, or {@code INTERNAL} with the error's text for the operator. */
    public static Failure failureOf(Throwable error) {
        if (error instanceof FailureException known) {
            return known.failure();
        }
        return Failure.of(FailureKind.INTERNAL, "the gateway failed to handle this request")
                .withOperatorDetail(error.toString());
    }
}
