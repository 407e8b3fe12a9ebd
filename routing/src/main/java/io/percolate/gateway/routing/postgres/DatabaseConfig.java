package io.percolate.gateway.routing.postgres;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.Secret;
import java.time.Duration;
import java.util.Optional;

/**
 * How a process reaches the management database.
 *
 * @param acquireTimeout how long a unit of work waits for a free connection
 * @param statementTimeout how long one statement may run; enforced by the server, and by the client a little later
 * @param transactionTimeout how long a unit of work may hold its connection, over all its statements
 * @param connectTimeout how long connecting may take, authentication included
 */
public record DatabaseConfig(
        String host,
        int port,
        String database,
        String user,
        Secret password,
        SslMode sslMode,
        Optional<String> sslRootCertificate,
        int poolSizeMax,
        int poolSizeMin,
        Duration acquireTimeout,
        Duration statementTimeout,
        Duration transactionTimeout,
        Duration connectTimeout) {

    private static final Duration TIMEOUT_MIN = Duration.ofMillis(10);
    private static final Duration TIMEOUT_MAX = Duration.ofMinutes(1);

    public DatabaseConfig {
        if (poolSizeMin > poolSizeMax) {
            throw new IllegalArgumentException("a pool of " + poolSizeMin + " to " + poolSizeMax + " connections");
        }
    }

    public static DatabaseConfig read(ConfigReader reader) {
        Secret url = reader.requiredSecret(
                "MANAGEMENT_DB_URL",
                "the management database: postgresql://user:password@host:port/database?sslmode=prefer; user and"
                        + " password percent-encoded; sslmode disable, prefer, require, verify-ca or verify-full;"
                        + " sslrootcert names a PEM file");
        Optional<Secret> password =
                reader.optionalSecret("GATEWAY_DB_PASSWORD", "its password, when MANAGEMENT_DB_URL holds none");
        int poolSizeMax = reader.count("GATEWAY_DB_POOL_SIZE", 10, 1, 1_000, "connections to PostgreSQL at most");
        int poolSizeMin = reader.count("GATEWAY_DB_POOL_MIN", 2, 0, 1_000, "connections kept open when idle");
        if (poolSizeMin > poolSizeMax) {
            reader.problem("GATEWAY_DB_POOL_MIN: expected at most GATEWAY_DB_POOL_SIZE (" + poolSizeMax + "), got "
                    + poolSizeMin);
            poolSizeMin = poolSizeMax;
        }
        DatabaseUrl parsed = parse(reader, url);
        if (parsed.password().isPresent() && password.isPresent()) {
            reader.problem("give the password either in MANAGEMENT_DB_URL or in GATEWAY_DB_PASSWORD, not in both");
        }
        return new DatabaseConfig(
                parsed.host(),
                parsed.port(),
                parsed.database(),
                parsed.user(),
                password.orElseGet(() -> new Secret(parsed.password().orElse(""))),
                parsed.sslMode(),
                parsed.sslRootCertificate(),
                poolSizeMax,
                poolSizeMin,
                timeout(reader, "GATEWAY_DB_ACQUIRE_TIMEOUT", 500, "wait for a free connection at most"),
                timeout(reader, "GATEWAY_DB_STATEMENT_TIMEOUT", 1_000, "run time of one statement at most"),
                timeout(reader, "GATEWAY_DB_TRANSACTION_TIMEOUT", 5_000, "run time of one transaction at most"),
                timeout(reader, "GATEWAY_DB_CONNECT_TIMEOUT", 2_000, "connecting and authenticating at most"));
    }

    private static DatabaseUrl parse(ConfigReader reader, Secret url) {
        DatabaseUrl standIn =
                new DatabaseUrl("localhost", 1, "none", "none", Optional.empty(), SslMode.PREFER, Optional.empty());
        if (url.reveal().isEmpty()) {
            return standIn;
        }
        return switch (DatabaseUrl.parse(url.reveal())) {
            case DatabaseUrl.Parsed.Valid valid -> valid.url();
            case DatabaseUrl.Parsed.Invalid invalid -> {
                invalid.problems().forEach(problem -> reader.problem("MANAGEMENT_DB_URL: " + problem));
                yield standIn;
            }
        };
    }

    private static Duration timeout(ConfigReader reader, String key, long defaultMillis, String description) {
        return reader.duration(key, Duration.ofMillis(defaultMillis), TIMEOUT_MIN, TIMEOUT_MAX, description);
    }
}
