package io.percolate.gateway.proxy.failure;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Failures as gRPC tells them: HTTP status 200, and a status of its own in trailers (gRPC over HTTP/2, "Responses"). */
public final class GrpcFailure {
    private static final int INVALID_ARGUMENT = 3;
    private static final int DEADLINE_EXCEEDED = 4;
    private static final int NOT_FOUND = 5;
    private static final int PERMISSION_DENIED = 7;
    private static final int RESOURCE_EXHAUSTED = 8;
    private static final int UNIMPLEMENTED = 12;
    private static final int INTERNAL = 13;
    private static final int UNAVAILABLE = 14;
    private static final int UNAUTHENTICATED = 16;

    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private GrpcFailure() {}

    /** The answer to a call that failed before its answer began: trailers only. */
    public static FailureResponse response(Failure failure) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("content-type", "application/grpc");
        headers.putAll(fields(failure));
        return new FailureResponse(200, headers, "");
    }

    /** The end of an answer that has begun. */
    public static HttpHeaders trailers(Failure failure) {
        HttpHeaders trailers = new DefaultHttpHeaders();
        fields(failure).forEach(trailers::set);
        return trailers;
    }

    private static Map<String, String> fields(Failure failure) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("grpc-status", Integer.toString(status(failure.kind())));
        fields.put("grpc-message", encoded(failure.clientDetail()));
        Duration retryAfter = failure.retryAfter();
        if (retryAfter != null) {
            fields.put("grpc-retry-pushback-ms", Long.toString(retryAfter.toMillis()));
        }
        return fields;
    }

    /** The status of a kind of failure. */
    public static int status(FailureKind kind) {
        return switch (kind) {
            case REQUEST_MALFORMED, RANGE_NOT_SATISFIABLE, SHARD_KEY_INVALID -> INVALID_ARGUMENT;
            case REQUEST_HEADERS_TOO_LARGE,
                    REQUEST_TARGET_TOO_LONG,
                    REQUEST_BODY_TOO_LARGE,
                    TENANT_RATE_EXCEEDED,
                    TENANT_CONCURRENCY_EXCEEDED,
                    TENANT_CONNECTION_RATE_EXCEEDED,
                    TENANT_MONTH_SPENT,
                    TENANT_MONTH_UNPAID -> RESOURCE_EXHAUSTED;
            case REQUEST_TIMEOUT, REQUEST_DEADLINE_EXCEEDED, POD_RESPONSE_TIMEOUT, GENERATOR_TIMEOUT ->
                DEADLINE_EXCEEDED;
            case REQUEST_UNSUPPORTED, REQUEST_PATH_RESERVED, WEBSOCKET_VERSION_UNSUPPORTED -> UNIMPLEMENTED;
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
                    TOKEN_REVOKED -> UNAUTHENTICATED;
            case TENANT_UNKNOWN, TENANT_SUSPENDED, ORIGIN_REFUSED, TENANT_MONTH_FORBIDDEN -> PERMISSION_DENIED;
            case TENANT_DELETED, CONTEXT_ABSENT -> NOT_FOUND;
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
                    POD_CONNECT_REFUSED,
                    POD_CONNECT_TIMEOUT,
                    POD_TLS_FAILED,
                    POD_CONNECTIONS_EXHAUSTED,
                    POD_CLOSED,
                    POD_MISDIRECTED,
                    POD_EJECTED,
                    REQUEST_MISDIRECTED,
                    OVERLOADED,
                    WEBSOCKETS_EXHAUSTED,
                    TENANT_WEBSOCKETS_EXHAUSTED,
                    FAULT_INJECTED,
                    DRAINING -> UNAVAILABLE;
            case POD_RESPONSE_INVALID, CONTEXT_UNREADABLE, CONTEXT_TOO_LARGE, INTERNAL -> INTERNAL;
        };
    }

    /** Percent-encoded beyond printable ASCII, as the protocol has it for messages. */
    static String encoded(String text) {
        StringBuilder encoded = new StringBuilder(text.length());
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (b >= 0x20 && b <= 0x7e && b != '%') {
                encoded.append((char) b);
            } else {
                encoded.append('%').append(HEX[(b >> 4) & 0xf]).append(HEX[b & 0xf]);
            }
        }
        return encoded.toString();
    }
}
