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
 * @param status to be answered in HTTP where it is not that of the kind; else 0
 * @param fields of a header, to be sent beside those that every failure has
 */
public record Failure(
        FailureKind kind,
        String clientDetail,
        @Nullable Duration retryAfter,
        @Nullable String operatorDetail,
        Map<String, String> fields,
        int status) {

    public Failure {
        fields = Map.copyOf(fields);
    }

    public static Failure of(FailureKind kind, String clientDetail) {
        return new Failure(kind, clientDetail, null, null, Map.of(), 0);
    }

    public Failure withRetryAfter(Duration after) {
        return new Failure(kind, clientDetail, after, operatorDetail, fields, status);
    }

    public Failure withOperatorDetail(String detail) {
        return new Failure(kind, clientDetail, retryAfter, detail, fields, status);
    }

    public Failure withFields(Map<String, String> more) {
        return new Failure(kind, clientDetail, retryAfter, operatorDetail, more, status);
    }

    public Failure withStatus(int other) {
        return new Failure(kind, clientDetail, retryAfter, operatorDetail, fields, other);
    }

    public FailureException toException() {
        return new FailureException(this, null);
    }

    public FailureException toException(Throwable cause) {
        return new FailureException(this, cause);
    }
}
