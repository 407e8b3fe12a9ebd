package io.percolate.gateway.admin.scaling.kubernetes;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.percolate.gateway.admin.scaling.Cluster.ClusterException;
import io.percolate.gateway.admin.scaling.Refusal;
import java.time.Duration;
import java.util.Locale;

/** What the API's refusals mean. */
final class KubernetesFailures {
    private static final int MESSAGE_CHARS_MAX = 500;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int UNPROCESSABLE = 422;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final Duration THROTTLED = Duration.ofSeconds(1);
    private static final Duration RETRY_AFTER_MAX = Duration.ofMinutes(1);

    private KubernetesFailures() {}

    static ClusterException of(Throwable error) {
        String message = String.valueOf(error.getMessage());
        String shown = message.substring(0, Math.min(message.length(), MESSAGE_CHARS_MAX));
        if (!(error instanceof KubernetesClientException failed)) {
            return new ClusterException(Refusal.API_UNAVAILABLE, Duration.ZERO, shown, error);
        }
        return switch (failed.getCode()) {
            case UNAUTHORIZED, FORBIDDEN, UNPROCESSABLE ->
                new ClusterException(denied(message), Duration.ZERO, shown, error);
            case NOT_FOUND -> new ClusterException(Refusal.WORKLOAD_MISSING, Duration.ZERO, shown, error);
            case TOO_MANY_REQUESTS -> new ClusterException(Refusal.API_UNAVAILABLE, retryAfter(failed), shown, error);
            default -> new ClusterException(Refusal.API_UNAVAILABLE, Duration.ZERO, shown, error);
        };
    }

    static Refusal denied(String message) {
        return message.toLowerCase(Locale.ROOT).contains("quota") ? Refusal.QUOTA : Refusal.DENIED;
    }

    private static Duration retryAfter(KubernetesClientException failed) {
        Status status = failed.getStatus();
        Integer seconds = status == null || status.getDetails() == null
                ? null
                : status.getDetails().getRetryAfterSeconds();
        if (seconds == null || seconds <= 0) {
            return THROTTLED;
        }
        return seconds > RETRY_AFTER_MAX.toSeconds() ? RETRY_AFTER_MAX : Duration.ofSeconds(seconds);
    }
}
