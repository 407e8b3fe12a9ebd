package io.percolate.gateway.context.store;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Which S3 service holds the blobs, and the bounds of every call to it.
 *
 * @param endpoint empty for AWS itself
 * @param region empty for that of the AWS environment, else {@code us-east-1}
 * @param accessKey with {@code secretKey}; empty for the AWS default chain of credentials
 * @param connectTimeout TCP and TLS
 * @param answerTimeout from sending a request until the answer begins, of each attempt; a write gets as long again for
 *     each {@link #WRITE_BYTES_PER_ANSWER_TIMEOUT} of its body
 * @param idleTimeout between two bytes of a body; also how long a reader may ask for nothing
 * @param attemptsMax how often a call is tried in all
 * @param connectionsMax calls at once
 * @param waitingMax calls that wait for one of the connections
 */
public record S3Config(
        String bucket,
        Optional<URI> endpoint,
        Optional<String> region,
        boolean pathStyle,
        Optional<Secret> accessKey,
        Optional<Secret> secretKey,
        Duration connectTimeout,
        Duration answerTimeout,
        Duration idleTimeout,
        int attemptsMax,
        int connectionsMax,
        int waitingMax) {
    static final long WRITE_BYTES_PER_ANSWER_TIMEOUT = 4L << 20;

    public static S3Config read(ConfigReader reader) {
        Optional<Secret> accessKey = reader.optionalSecret(
                "GATEWAY_S3_ACCESS_KEY", "access key; without it, the AWS default chain of credentials");
        Optional<Secret> secretKey = reader.optionalSecret("GATEWAY_S3_SECRET_KEY", "secret key");
        if (accessKey.isPresent() != secretKey.isPresent()) {
            reader.problem("GATEWAY_S3_ACCESS_KEY and GATEWAY_S3_SECRET_KEY are given together or not at all");
        }
        return new S3Config(
                reader.requiredText("S3_CONTEXT_CACHE_BUCKET", "bucket of the tenants' context blobs"),
                reader.optionalUri(
                        "GATEWAY_S3_ENDPOINT", Set.of("http", "https"), "S3 service other than AWS, e.g. MinIO"),
                reader.optionalText(
                        "GATEWAY_S3_REGION", "region of the bucket; without it, that of the AWS environment"),
                reader.flag(
                        "GATEWAY_S3_PATH_STYLE",
                        false,
                        "address buckets by path, as most services other than AWS need"),
                accessKey,
                secretKey,
                duration(reader, "GATEWAY_S3_CONNECT_TIMEOUT", 1, "how long connecting to S3 may take"),
                duration(reader, "GATEWAY_S3_ANSWER_TIMEOUT", 2, "how long S3 may take to begin an answer"),
                duration(reader, "GATEWAY_S3_IDLE_TIMEOUT", 10, "how long a transfer from or to S3 may stand still"),
                reader.count("GATEWAY_S3_ATTEMPTS_MAX", 2, 1, 10, "how often a call to S3 is tried in all"),
                reader.count("GATEWAY_S3_CONNECTIONS_MAX", 64, 1, 10_000, "connections to S3"),
                reader.count("GATEWAY_S3_WAITING_MAX", 1_000, 1, 100_000, "calls that wait for a connection to S3"));
    }

    private static Duration duration(ConfigReader reader, String key, int seconds, String description) {
        return reader.duration(
                key, Duration.ofSeconds(seconds), Duration.ofMillis(50), Duration.ofMinutes(10), description);
    }
}
