package io.percolate.gateway.admin.http;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.postgres.DatabaseException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The one place where what went wrong becomes an answer: problem JSON (RFC 9457). */
final class Problems {
    /** A relative name would be read against the request's URL, so each kind has a URN. */
    static final String TYPE_PREFIX = "urn:percolate:problem:";

    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private Problems() {}

    /** The problem that an error stands for; what the caller cannot be told is logged here, once. */
    static Problem of(Throwable error, String requestId) {
        return switch (error) {
            case ProblemException known -> known.problem();
            case FailureException failed -> ofFailure(failed.failure(), requestId);
            case TimeoutException _ ->
                Problem.of(ProblemKind.DEADLINE_EXCEEDED, "the answer was not ready within this route's deadline")
                        .withRetryAfter(RETRY_AFTER);
            case DatabaseException failed -> ofDatabase(failed, requestId);
            default -> internal(error, requestId);
        };
    }

    private static Problem internal(Throwable error, String requestId) {
        LOG.error("request {} failed", requestId, error);
        return Problem.of(ProblemKind.INTERNAL, "the management process failed to handle this request");
    }

    private static Problem ofDatabase(DatabaseException failed, String requestId) {
        return switch (failed.kind()) {
            case UNAVAILABLE, TIMEOUT -> {
                LOG.warn("request {} found the database unavailable: {}", requestId, failed.getMessage());
                yield Problem.of(ProblemKind.DATABASE_UNAVAILABLE, "the management database does not answer")
                        .withRetryAfter(RETRY_AFTER);
            }
            case CONFLICT ->
                Problem.of(ProblemKind.DATABASE_UNAVAILABLE, "another change was in the way of this one")
                        .withRetryAfter(RETRY_AFTER);
            case CONSTRAINT, OTHER -> internal(failed, requestId);
        };
    }

    private static Problem ofFailure(Failure failure, String requestId) {
        ProblemKind kind = switch (failure.kind()) {
            case DIRECTORY_UNAVAILABLE -> ProblemKind.DATABASE_UNAVAILABLE;
            case WAKE_IN_PROGRESS,
                    WAKE_FAILED,
                    WAKE_NO_CAPACITY,
                    WAKE_SCALE_REFUSED,
                    WAKE_POD_REFUSED,
                    WAKE_TIMEOUT,
                    HOLD_FULL,
                    HOLD_TIMEOUT,
                    POD_CONNECT_REFUSED,
                    POD_CONNECT_TIMEOUT,
                    POD_TLS_FAILED,
                    POD_CONNECTIONS_EXHAUSTED,
                    POD_RESPONSE_TIMEOUT,
                    POD_RESPONSE_INVALID,
                    POD_CLOSED,
                    POD_MISDIRECTED,
                    POD_EJECTED,
                    OVERLOADED,
                    DRAINING -> ProblemKind.WAKE_FAILED;
            case TENANT_UNKNOWN -> ProblemKind.TENANT_UNKNOWN;
            case TENANT_SUSPENDED, TENANT_DELETED -> ProblemKind.TENANT_INACTIVE;
            case REQUEST_MISDIRECTED -> ProblemKind.REQUEST_MISDIRECTED;
            // These arise on the edge alone; here they would be a fault of ours.
            case REQUEST_MALFORMED,
                    REQUEST_HEADERS_TOO_LARGE,
                    REQUEST_TARGET_TOO_LONG,
                    REQUEST_BODY_TOO_LARGE,
                    REQUEST_TIMEOUT,
                    REQUEST_DEADLINE_EXCEEDED,
                    REQUEST_UNSUPPORTED,
                    REQUEST_PATH_RESERVED,
                    WEBSOCKET_VERSION_UNSUPPORTED,
                    ORIGIN_REFUSED,
                    WEBSOCKETS_EXHAUSTED,
                    TENANT_WEBSOCKETS_EXHAUSTED,
                    TENANT_RATE_EXCEEDED,
                    TENANT_CONCURRENCY_EXCEEDED,
                    TENANT_CONNECTION_RATE_EXCEEDED,
                    TENANT_MONTH_SPENT,
                    TENANT_MONTH_UNPAID,
                    TENANT_MONTH_FORBIDDEN,
                    FAULT_INJECTED,
                    SHARD_KEY_INVALID,
                    SHARD_UNAVAILABLE,
                    REGION_UNAVAILABLE,
                    REGION_DISPUTED,
                    RANGE_NOT_SATISFIABLE,
                    TOKEN_MISSING,
                    TOKEN_MALFORMED,
                    TOKEN_ALGORITHM_REFUSED,
                    TOKEN_KEY_UNKNOWN,
                    TOKEN_SIGNATURE_INVALID,
                    TOKEN_EXPIRED,
                    TOKEN_NOT_YET_VALID,
                    TOKEN_ISSUER_REFUSED,
                    TOKEN_AUDIENCE_REFUSED,
                    TOKEN_TENANT_INVALID,
                    TOKEN_REVOKED,
                    KEYS_UNAVAILABLE,
                    CONTEXT_ABSENT,
                    CONTEXT_UNREADABLE,
                    CONTEXT_TOO_LARGE,
                    CONTEXT_STORE_UNAVAILABLE,
                    GENERATOR_UNAVAILABLE,
                    GENERATOR_TIMEOUT,
                    INTERNAL -> ProblemKind.INTERNAL;
        };
        if (kind == ProblemKind.INTERNAL || failure.operatorDetail() != null) {
            LOG.warn("request {}: {}", requestId, failure);
        }
        Problem problem = Problem.of(kind, failure.clientDetail());
        Duration retryAfter = failure.retryAfter();
        return retryAfter == null ? problem : problem.withRetryAfter(retryAfter);
    }

    static Reply reply(Problem problem, String requestId) {
        Map<String, String> headers = new LinkedHashMap<>(problem.headers());
        headers.put("Content-Type", "application/problem+json");
        headers.put("Cache-Control", "no-store");
        return new Reply.Bytes(problem.kind().status(), headers, body(problem, requestId));
    }

    static byte[] body(Problem problem, String requestId) {
        ObjectNode body = Json.newObject()
                .put("type", TYPE_PREFIX + code(problem.kind()))
                .put("title", problem.kind().title())
                .put("status", problem.kind().status())
                .put("detail", problem.detail())
                .put("request_id", requestId);
        if (!problem.errors().isEmpty()) {
            ArrayNode errors = body.putArray("errors");
            problem.errors()
                    .forEach(error ->
                            errors.addObject().put("field", error.field()).put("detail", error.detail()));
        }
        return Json.write(body);
    }

    /** The kind as it stands in a URN and as a metric's label. */
    static String code(ProblemKind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
