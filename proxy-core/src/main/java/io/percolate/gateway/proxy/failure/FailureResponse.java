package io.percolate.gateway.proxy.failure;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The answer to a failed request: status, headers and an RFC 9457 problem. The one place where failures become HTTP.
 *
 * @param headers beside those of the connection; without Content-Length
 * @param body JSON, ASCII only
 */
public record FailureResponse(int status, Map<String, String> headers, String body) {
    private static final String REALM = "Bearer realm=\"percolate\"";
    /** Kinds that pass by themselves, when nobody said how soon. */
    private static final Duration RETRY_AFTER_DEFAULT = Duration.ofSeconds(1);

    /** The answer for a failure of the request of this id. */
    public static FailureResponse of(Failure failure, String requestId) {
        FailureKind kind = failure.kind();
        int status = failure.status() == 0 ? status(kind) : failure.status();
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", "application/problem+json");
        headers.put("Cache-Control", "no-store");
        String challenge = challenge(kind, failure.clientDetail());
        if (!challenge.isEmpty()) {
            headers.put("WWW-Authenticate", challenge);
        }
        if (kind == FailureKind.WEBSOCKET_VERSION_UNSUPPORTED) {
            // RFC 6455, section 4.4; RFC 9110, section 15.5.22.
            headers.put("Sec-WebSocket-Version", "13");
            headers.put("Upgrade", "websocket");
            headers.put("Connection", "Upgrade");
        }
        Duration retryAfter = failure.retryAfter();
        if (retryAfter == null && passesByItself(kind)) {
            retryAfter = RETRY_AFTER_DEFAULT;
        }
        if (retryAfter != null) {
            headers.put("Retry-After", Long.toString(seconds(retryAfter)));
        }
        headers.putAll(failure.fields());
        return new FailureResponse(status, headers, problem(failure, status, requestId));
    }

    /** The status of a kind of failure. */
    public static int status(FailureKind kind) {
        return switch (kind) {
            case REQUEST_MALFORMED, SHARD_KEY_INVALID -> 400;
            case REQUEST_HEADERS_TOO_LARGE -> 431;
            case REQUEST_TARGET_TOO_LONG -> 414;
            case REQUEST_BODY_TOO_LARGE -> 413;
            case REQUEST_TIMEOUT -> 408;
            case REQUEST_UNSUPPORTED -> 501;
            case REQUEST_MISDIRECTED -> 421;
            case RANGE_NOT_SATISFIABLE -> 416;
            case WEBSOCKET_VERSION_UNSUPPORTED -> 426;
            case TENANT_WEBSOCKETS_EXHAUSTED,
                    TENANT_RATE_EXCEEDED,
                    TENANT_CONCURRENCY_EXCEEDED,
                    TENANT_CONNECTION_RATE_EXCEEDED,
                    TENANT_MONTH_SPENT -> 429;
            case TENANT_MONTH_UNPAID -> 402;
            case TOKEN_MISSING,
                    TOKEN_MALFORMED,
                    TOKEN_ALGORITHM_REFUSED,
                    TOKEN_KEY_UNKNOWN,
                    TOKEN_SIGNATURE_INVALID,
                    TOKEN_EXPIRED,
                    TOKEN_NOT_YET_VALID,
                    TOKEN_ISSUER_REFUSED,
                    TOKEN_AUDIENCE_REFUSED,
                    TOKEN_TENANT_INVALID,
                    TOKEN_REVOKED -> 401;
            case TENANT_UNKNOWN, TENANT_SUSPENDED, ORIGIN_REFUSED, TENANT_MONTH_FORBIDDEN -> 403;
            case TENANT_DELETED -> 410;
            case KEYS_UNAVAILABLE,
                    DIRECTORY_UNAVAILABLE,
                    SHARD_UNAVAILABLE,
                    REGION_UNAVAILABLE,
                    REGION_DISPUTED,
                    CONTEXT_STORE_UNAVAILABLE,
                    GENERATOR_UNAVAILABLE,
                    WAKE_FAILED,
                    WAKE_NO_CAPACITY,
                    WAKE_SCALE_REFUSED,
                    WAKE_POD_REFUSED,
                    WAKE_TIMEOUT,
                    WAKE_IN_PROGRESS,
                    HOLD_FULL,
                    HOLD_TIMEOUT,
                    POD_CONNECTIONS_EXHAUSTED,
                    POD_MISDIRECTED,
                    POD_EJECTED,
                    OVERLOADED,
                    DRAINING,
                    WEBSOCKETS_EXHAUSTED,
                    FAULT_INJECTED -> 503;
            case REQUEST_PATH_RESERVED, CONTEXT_ABSENT -> 404;
            case POD_CONNECT_REFUSED, POD_CONNECT_TIMEOUT, POD_TLS_FAILED, POD_RESPONSE_INVALID, POD_CLOSED -> 502;
            case POD_RESPONSE_TIMEOUT, GENERATOR_TIMEOUT, REQUEST_DEADLINE_EXCEEDED -> 504;
            case CONTEXT_UNREADABLE, CONTEXT_TOO_LARGE, INTERNAL -> 500;
        };
    }

    private static boolean passesByItself(FailureKind kind) {
        return switch (status(kind)) {
            case 429 -> true;
            case 502, 503 -> kind != FailureKind.POD_RESPONSE_INVALID;
            default -> false;
        };
    }

    /** RFC 6750, section 3.1; a request without a token gets no error code. Empty for other kinds. */
    private static String challenge(FailureKind kind, String detail) {
        if (status(kind) != 401) {
            return "";
        }
        return kind == FailureKind.TOKEN_MISSING
                ? REALM
                : REALM + ", error=\"invalid_token\", error_description=\"" + quotable(detail) + '"';
    }

    /** What a quoted-string of RFC 6750 may hold: printable ASCII without quote and backslash. */
    private static String quotable(String text) {
        StringBuilder kept = new StringBuilder(text.length());
        text.chars().forEach(c -> kept.append(c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? '\'' : (char) c));
        return kept.toString();
    }

    private static long seconds(Duration duration) {
        return Math.max(1, duration.plusNanos(999_999_999).toSeconds());
    }

    private static String problem(Failure failure, int status, String requestId) {
        String kind = failure.kind().name().toLowerCase(Locale.ROOT);
        StringBuilder json = new StringBuilder(256);
        json.append("{\"type\":\"urn:percolate:problem:").append(kind.replace('_', '-'));
        json.append("\",\"title\":\"").append(title(kind));
        json.append("\",\"status\":").append(status);
        json.append(",\"detail\":\"");
        escape(json, failure.clientDetail());
        json.append("\",\"instance\":\"");
        escape(json, requestId);
        return json.append("\"}").toString();
    }

    private static String title(String kind) {
        String words = kind.replace('_', ' ');
        return Character.toUpperCase(words.charAt(0)) + words.substring(1);
    }

    /** Everything beyond printable ASCII is escaped, so that length in bytes is length in characters. */
    private static void escape(StringBuilder json, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < 0x20 || c > 0x7e) {
                json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
    }
}
