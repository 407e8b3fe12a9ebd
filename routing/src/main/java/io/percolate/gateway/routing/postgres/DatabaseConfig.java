package io.percolate.gateway.routing.postgres;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a process reaches the management database.
 *
 * @param hosts tried in this order, the last good one first
 * @param writable whether only a server that takes writes will do, as a promoted one does and a standby does not
 * @param passwordFile where the password is read from anew for each connection, so that it may change
 * @param acquireTimeout how long a unit of work waits for a free connection
 * @param statementTimeout how long one statement may run; enforced by the server, and by the client a little later
 * @param transactionTimeout how long a unit of work may hold its connection, over all its statements
 * @param connectTimeout how long connecting may take, authentication included
 */
public record DatabaseConfig(
        List<DatabaseHost> hosts,
        boolean writable,
        String database,
        String user,
        Secret password,
        Optional<Path> passwordFile,
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
        hosts = List.copyOf(hosts);
        if (poolSizeMin > poolSizeMax) {
            throw new IllegalArgumentException("a pool of " + poolSizeMin + " to " + poolSizeMax + " connections");
        }
    }

    public static DatabaseConfig read(ConfigReader reader) {
        Secret url = reader.requiredSecret(
                "MANAGEMENT_DB_URL",
                "the management database: postgresql://user:password@host:port/database?sslmode=prefer; user and"
                        + " password percent-encoded; sslmode disable, prefer, require, verify-ca or verify-full;"
                        + " sslrootcert names a PEM file; several hosts parted by commas are tried in turn, of which"
                        + " only one that takes writes will do (target_session_attrs=read-write, or any)");
        Optional<Secret> password =
                reader.optionalSecret("GATEWAY_DB_PASSWORD", "its password, when MANAGEMENT_DB_URL holds none");
        // Read again for each connection: a password that is changed there needs no restart.
        Optional<Path> passwordFile = reader.secretFile("GATEWAY_DB_PASSWORD");
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
                parsed.hosts(),
                parsed.writable(),
                parsed.database(),
                parsed.user(),
                password.orElseGet(() -> new Secret(parsed.password().orElse(""))),
                passwordFile,
                parsed.sslMode(),
                parsed.sslRootCertificate(),
                poolSizeMax,
                poolSizeMin,
                timeout(reader, "GATEWAY_DB_ACQUIRE_TIMEOUT", 500, "wait for a free connection at most"),
                timeout(reader, "GATEWAY_DB_STATEMENT_TIMEOUT", 1_000, "run time of one statement at most"),
                timeout(reader, "GATEWAY_DB_TRANSACTION_TIMEOUT", 5_000, "run time of one transaction at most"),
                timeout(reader, "GATEWAY_DB_CONNECT_TIMEOUT", 2_000, "connecting and authenticating at most"));
    }

    /** The same database and user on another server, for reading, where everything takes this long at most. */
    public DatabaseConfig reading(DatabaseHost server, Duration timeout) {
        return new DatabaseConfig(
                List.of(server),
                false,
                database,
                user,
                password,
                passwordFile,
                sslMode,
                sslRootCertificate,
                poolSizeMax,
                Math.min(1, poolSizeMin),
                timeout,
                timeout,
                timeout,
                connectTimeout);
    }

    private static DatabaseUrl parse(ConfigReader reader, Secret url) {
        DatabaseUrl standIn = new DatabaseUrl(
                List.of(new DatabaseHost("localhost", 1)),
                "none",
                "none",
                Optional.empty(),
                SslMode.PREFER,
                Optional.empty(),
                false);
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
