package io.percolate.gateway.context.store;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Turns what the SDK errors with into what it means: the object is not there, or the store is not. */
final class S3Failures {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final int CAUSES_MAX = 10;
    private static final int NOT_MODIFIED = 304;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;
    private static final int PRECONDITION_FAILED = 412;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERROR = 500;

    private S3Failures() {}

    static FailureException of(S3Config config, ObjectName name, Throwable thrown) {
        return of(config, place(config) + "/" + name.key(), unwrapped(thrown));
    }

    /** Of a call about the bucket itself, whose answer has no body to say what is missing. */
    static FailureException ofBucket(S3Config config, Throwable thrown) {
        Throwable error = unwrapped(thrown);
        return error instanceof S3Exception refused && refused.statusCode() == NOT_FOUND
                ? unavailable(place(config), "there is no such bucket", null, error)
                : of(config, place(config), error);
    }

    private static FailureException of(S3Config config, String place, Throwable error) {
        if (error instanceof FailureException known) {
            return known;
        }
        if (error instanceof S3Exception refused) {
            return answered(place, refused);
        }
        String what = error instanceof ApiCallAttemptTimeoutException || error instanceof ApiCallTimeoutException
                ? "no answer within " + config.answerTimeout().toMillis() + " ms"
                : deepest(error);
        return unavailable(place, what, RETRY_AFTER, error);
    }

    /** How a call failed; empty where S3 answered all the same, if only that there is nothing, or nothing new. */
    static Optional<StoreFault> fault(Throwable thrown) {
        Throwable error = unwrapped(thrown);
        if (error instanceof FailureException) {
            return Optional.empty();
        }
        if (error instanceof ApiCallAttemptTimeoutException || error instanceof ApiCallTimeoutException) {
            return Optional.of(StoreFault.TIMEOUT);
        }
        if (!(error instanceof S3Exception refused)) {
            return Optional.of(StoreFault.CONNECTION);
        }
        int status = refused.statusCode();
        return switch (code(refused)) {
            case "SlowDown", "RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequests" ->
                Optional.of(StoreFault.THROTTLED);
            case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException" ->
                Optional.of(StoreFault.WRONG_REGION);
            case "NoSuchBucket" -> Optional.of(StoreFault.NO_BUCKET);
            case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken" ->
                Optional.of(StoreFault.CREDENTIALS);
            default ->
                switch (status) {
                    case NOT_MODIFIED, NOT_FOUND, PRECONDITION_FAILED, CONFLICT -> Optional.empty();
                    case TOO_MANY_REQUESTS -> Optional.of(StoreFault.THROTTLED);
                    case FORBIDDEN -> Optional.of(StoreFault.DENIED);
                    default -> Optional.of(status >= SERVER_ERROR ? StoreFault.SERVER_ERROR : StoreFault.REFUSED);
                };
        };
    }

    /** Of a read that was not tried, since others failed. */
    static FailureException spared(S3Config config, ObjectName name, Duration retryAfter) {
        return unavailable(
                place(config) + "/" + name.key(), "not asked, since S3 failed others just now", retryAfter, null);
    }

    static boolean isNotModified(Throwable thrown) {
        return unwrapped(thrown) instanceof S3Exception refused && refused.statusCode() == NOT_MODIFIED;
    }

    /** Whether a conditional write found its condition broken, or another write under way. */
    static boolean isConditionBroken(Throwable thrown) {
        return unwrapped(thrown) instanceof S3Exception refused
                && (refused.statusCode() == PRECONDITION_FAILED
                        || (refused.statusCode() == CONFLICT && code(refused).equals("ConditionalRequestConflict")));
    }

    private static FailureException answered(String place, S3Exception refused) {
        int status = refused.statusCode();
        String code = code(refused);
        if (status == NOT_FOUND && !code.equals("NoSuchBucket") && !code.equals("NoSuchUpload")) {
            return Failure.of(FailureKind.CONTEXT_ABSENT, "nothing is stored for this tenant")
                    .withOperatorDetail(place + ": S3 has no such object")
                    .toException(refused);
        }
        if (status >= SERVER_ERROR || status == TOO_MANY_REQUESTS) {
            return unavailable(place, "S3 answered " + status + " " + code, RETRY_AFTER, refused);
        }
        return unavailable(place, "S3 refused with " + status + " " + code + advice(refused, code), null, refused);
    }

    private static String advice(S3Exception refused, String code) {
        return switch (code) {
            case "NoSuchBucket" -> ": create the bucket or correct S3_CONTEXT_CACHE_BUCKET";
            case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException" ->
                ": the bucket is in another region" + region(refused) + "; correct GATEWAY_S3_REGION";
            case "AccessDenied" ->
                ": grant s3:GetObject (and s3:ListBucket, without which a missing object looks denied)";
            case "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken" ->
                ": correct GATEWAY_S3_ACCESS_KEY and GATEWAY_S3_SECRET_KEY, or the AWS environment";
            default -> "";
        };
    }

    private static String region(S3Exception refused) {
        return Optional.ofNullable(refused.awsErrorDetails())
                .map(AwsErrorDetails::sdkHttpResponse)
                .flatMap(response -> response.firstMatchingHeader("x-amz-bucket-region"))
                .map(region -> ", " + region)
                .orElse("");
    }

    private static FailureException unavailable(
            String place, String what, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        Failure failure = Failure.of(
                        FailureKind.CONTEXT_STORE_UNAVAILABLE, "the store of the tenants' contexts cannot be read now")
                .withOperatorDetail(place + ": " + what);
        Failure told = retryAfter == null ? failure : failure.withRetryAfter(retryAfter);
        return cause == null ? told.toException() : told.toException(cause);
    }

    private static String place(S3Config config) {
        return config.endpoint().map(endpoint -> endpoint + " ").orElse("") + "s3://" + config.bucket();
    }

    private static String code(S3Exception refused) {
        return Optional.ofNullable(refused.awsErrorDetails())
                .map(AwsErrorDetails::errorCode)
                .orElse("");
    }

    private static String deepest(Throwable error) {
        List<Throwable> causes = Stream.<Throwable>iterate(error, Objects::nonNull, Throwable::getCause)
                .limit(CAUSES_MAX)
                .toList();
        String text = String.valueOf(error.getMessage());
        return causes.size() == 1 ? text : text + " (" + causes.getLast() + ")";
    }

    private static Throwable unwrapped(Throwable thrown) {
        return thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
    }
}
