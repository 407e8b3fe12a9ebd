package io.percolate.gateway.routing.failure;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One failure of a request.
 *
 * @param clientDetail says what was expected and what came, without anything that the client may not know
 * @param retryAfter when trying again makes sense; null when it does not, or nobody knows
 * @param operatorDetail more for the log, never sent to a client; null when the client's text says it all
 */
public record Failure(
        FailureKind kind,
        String clientDetail,
        @Nullable Duration retryAfter,
        @Nullable String operatorDetail) {

    public static Failure of(FailureKind kind, String clientDetail) {
        return new Failure(kind, clientDetail, null, null);
    }

    public Failure withRetryAfter(Duration after) {
        return new Failure(kind, clientDetail, after, operatorDetail);
    }

    public Failure withOperatorDetail(String detail) {
        return new Failure(kind, clientDetail, retryAfter, detail);
    }

    public FailureException toException() {
        return new FailureException(this, null);
    }

    public FailureException toException(Throwable cause) {
        return new FailureException(this, cause);
    }
}
