package io.percolate.gateway.admin.http;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One refusal or failure, as RFC 9457 has it.
 *
 * @param detail says what was expected and what came; safe for the caller
 * @param errors the fields at fault, if fields are
 * @param headers what the answer carries besides: {@code Allow}, {@code WWW-Authenticate}, {@code Retry-After}
 */
public record Problem(ProblemKind kind, String detail, List<FieldError> errors, Map<String, String> headers) {
    /** A field of the body, a parameter of the query or path, or a header, and what is wrong with it. */
    public record FieldError(String field, String detail) {}

    public Problem {
        errors = List.copyOf(errors);
        headers = Map.copyOf(headers);
    }

    public static Problem of(ProblemKind kind, String detail) {
        return new Problem(kind, detail, List.of(), Map.of());
    }

    public static Problem ofFields(List<FieldError> errors) {
        String detail = errors.size() == 1 ? "1 field is invalid" : errors.size() + " fields are invalid";
        return new Problem(ProblemKind.FIELDS_INVALID, detail, errors, Map.of());
    }

    public static Problem ofField(String field, String detail) {
        return ofFields(List.of(new FieldError(field, detail)));
    }

    public Problem withHeader(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Problem(kind, detail, errors, more);
    }

    /** Says when trying again makes sense, in whole seconds, rounded up. */
    public Problem withRetryAfter(Duration after) {
        return withHeader(
                "Retry-After", Long.toString(Math.max(1, after.plusMillis(999).toSeconds())));
    }

    public ProblemException toException() {
        return new ProblemException(this, null);
    }

    public ProblemException toException(Throwable cause) {
        return new ProblemException(this, cause);
    }
}
