package io.percolate.gateway.routing.redis;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.Secret;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The Redis that gateways share, if there is one.
 *
 * @param sealSecret proves that a value was written by a gateway: the same for all of them
 * @param deadline how long anybody waits for an answer
 * @param routesTtl how long a route is kept after it was last loaded from PostgreSQL
 */
public record RedisConfig(
        Optional<RedisUrl> url,
        Secret sealSecret,
        Optional<Path> caFile,
        String prefix,
        Duration deadline,
        Duration routesTtl) {

    static final int SEAL_SECRET_BYTES_MIN = 32;
    private static final int PREFIX_LENGTH_MAX = 64;
    private static final String PREFIX_DEFAULT = "percolate";

    /** Reads the keys {@code GATEWAY_REDIS_*}. */
    public static RedisConfig read(ConfigReader reader) {
        Optional<Secret> url = reader.optionalSecret(
                "GATEWAY_REDIS_URL",
                "a Redis that the gateways share, optional: redis://user:password@host:port/database, rediss:// (TLS),"
                        + " redis-sentinel://host1:port,host2:port/0#master, redis-cluster://host1:port,host2:port,"
                        + " each also with rediss; user and password percent-encoded");
        Optional<Secret> seal = reader.optionalSecret(
                "GATEWAY_REDIS_SEAL_SECRET",
                "at least " + SEAL_SECRET_BYTES_MIN
                        + " bytes, the same for all gateways, required with GATEWAY_REDIS_URL: what Redis says counts only"
                        + " when a gateway has sealed it");
        return new RedisConfig(
                url.flatMap(text -> parsed(reader, text)),
                sealSecret(reader, url.isPresent(), seal),
                reader.optionalFile(
                        "GATEWAY_REDIS_CA_FILE", "certificates (PEM) that Redis's is checked against, for TLS"),
                prefix(reader),
                reader.duration(
                        "GATEWAY_REDIS_DEADLINE",
                        Duration.ofMillis(5),
                        Duration.ofMillis(1),
                        Duration.ofSeconds(1),
                        "how long a request waits for Redis at most; a Redis that keeps missing it is not asked"),
                reader.duration(
                        "GATEWAY_REDIS_ROUTES_TTL",
                        Duration.ofDays(1),
                        Duration.ofSeconds(1),
                        Duration.ofDays(30),
                        "how long Redis keeps a route after a gateway last loaded it"));
    }

    public boolean isPresent() {
        return url.isPresent();
    }

    private static Optional<RedisUrl> parsed(ConfigReader reader, Secret url) {
        try {
            return Optional.of(RedisUrl.parse(url.reveal()));
        } catch (IllegalArgumentException invalid) {
            reader.problem("GATEWAY_REDIS_URL: " + invalid.getMessage());
            return Optional.empty();
        }
    }

    private static Secret sealSecret(ConfigReader reader, boolean needed, Optional<Secret> seal) {
        int bytes = seal.map(secret -> secret.reveal().getBytes(StandardCharsets.UTF_8).length)
                .orElse(0);
        if ((needed || seal.isPresent()) && bytes < SEAL_SECRET_BYTES_MIN) {
            reader.problem(
                    "GATEWAY_REDIS_SEAL_SECRET: expected at least " + SEAL_SECRET_BYTES_MIN + " bytes, got " + bytes);
        }
        return seal.orElseGet(() -> new Secret(""));
    }

    private static String prefix(ConfigReader reader) {
        String prefix = reader.text(
                "GATEWAY_REDIS_PREFIX", PREFIX_DEFAULT, "what the names of all keys and channels begin with");
        boolean fits = prefix.length() <= PREFIX_LENGTH_MAX
                && prefix.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '{' && c != '}');
        if (!fits) {
            reader.problem("GATEWAY_REDIS_PREFIX: expected at most " + PREFIX_LENGTH_MAX
                    + " visible ASCII characters without braces, got '" + prefix + "'");
        }
        return fits ? prefix : PREFIX_DEFAULT;
    }
}
