package io.percolate.gateway.routing.failure;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One failure of a request.
 *
 * @param clientDetail says what was expected and what came, without anything that the client may not know
 * @param retryAfter when trying again makes sense; null when it does not, or nobody knows
 * @param operatorDetail more for the log, never sent to a client; null when the client's text says it all
 * @param fields of a header, to be sent beside those that every failure has
 */
public record Failure(
        FailureKind kind,
        String clientDetail,
        @Nullable Duration retryAfter,
        @Nullable String operatorDetail,
        Map<String, String> fields) {

    public Failure {
        fields = Map.copyOf(fields);
    }

    public static Failure of(FailureKind kind, String clientDetail) {
        return new Failure(kind, clientDetail, null, null, Map.of());
    }

    public Failure withRetryAfter(Duration after) {
        return new Failure(kind, clientDetail, after, operatorDetail, fields);
    }

    public Failure withOperatorDetail(String detail) {
        return new Failure(kind, clientDetail, retryAfter, detail, fields);
    }

    public Failure withFields(Map<String, String> more) {
        return new Failure(kind, clientDetail, retryAfter, operatorDetail, more);
    }

    public FailureException toException() {
        return new FailureException(this, null);
    }

    public FailureException toException(Throwable cause) {
        return new FailureException(this, cause);
    }
}
