package io.percolate.gateway.routing.postgres;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.client.SSLMode;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ValidationDepth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;
import reactor.pool.PooledRefMetadata;

/** Sets up the driver and its pool. */
final class Driver {
    /** Idle connections beyond the pool's minimum are closed after this time. */
    private static final Duration IDLE_MAX = Duration.ofMinutes(10);
    /** No connection grows older, so that load spreads again after a failover. */
    private static final Duration LIFE_MAX = Duration.ofMinutes(30);
    /** How often closed, idle and old connections are looked for, besides when they are lent. */
    private static final Duration EVICTION_INTERVAL = Duration.ofSeconds(10);

    private Driver() {}

    /** Connections to one of the hosts; a part of the time is theirs when there are several. */
    static ConnectionFactory connections(
            DatabaseConfig config, DatabaseHost host, String applicationName, LoopResources loops) {
        return switch (config.sslMode()) {
            case DISABLE -> connections(config, host, applicationName, loops, SSLMode.DISABLE);
            case PREFER ->
                new PreferredTls(
                        new TlsOffer(host, timeout(config), loops),
                        connections(config, host, applicationName, loops, SSLMode.DISABLE),
                        connections(config, host, applicationName, loops, SSLMode.PREFER));
            case REQUIRE -> connections(config, host, applicationName, loops, SSLMode.REQUIRE);
            case VERIFY_CA -> connections(config, host, applicationName, loops, SSLMode.VERIFY_CA);
            case VERIFY_FULL -> connections(config, host, applicationName, loops, SSLMode.VERIFY_FULL);
        };
    }

    private static Duration timeout(DatabaseConfig config) {
        return config.connectTimeout().dividedBy(config.hosts().size());
    }

    private static PostgresqlConnectionFactory connections(
            DatabaseConfig config, DatabaseHost host, String applicationName, LoopResources loops, SSLMode sslMode) {
        var builder = PostgresqlConnectionConfiguration.builder()
                .host(host.name())
                .port(host.port())
                .database(config.database())
                .username(config.user())
                .applicationName(applicationName)
                .connectTimeout(timeout(config))
                .statementTimeout(config.statementTimeout())
                // Ends, on the server, the transaction of a client that has vanished.
                .options(Map.of(
                        "idle_in_transaction_session_timeout",
                        Long.toString(config.transactionTimeout().toMillis() * 2)))
                .autodetectExtensions(false)
                .tcpKeepAlive(true)
                .tcpNoDelay(true)
                .loopResources(loops)
                .sslMode(sslMode);
        if (config.passwordFile().isPresent()) {
            builder.password(passwordIn(config.passwordFile().get()));
        } else if (!config.password().reveal().isEmpty()) {
            builder.password(config.password().reveal());
        }
        config.sslRootCertificate().ifPresent(builder::sslRootCert);
        return new PostgresqlConnectionFactory(builder.build());
    }

    private static Mono<CharSequence> passwordIn(Path file) {
        return Mono.<CharSequence>fromCallable(() -> Files.readString(file).strip())
                .subscribeOn(Schedulers.boundedElastic());
    }

    static ConnectionPool pool(DatabaseConfig config, HostConnections connections) {
        return new ConnectionPool(ConnectionPoolConfiguration.builder(connections.punctual())
                .initialSize(0)
                .minIdle(config.poolSizeMin())
                .maxSize(config.poolSizeMax())
                .acquireRetry(0)
                .validationDepth(ValidationDepth.LOCAL)
                .backgroundEvictionInterval(EVICTION_INTERVAL)
                // The pool looks at this whenever it lends: closed connections are passed over, not handed out.
                .customizer(pool -> pool.evictionPredicate((connection, metadata) ->
                        isSpent(connection, metadata) || connections.isOfFormerHost(metadata.lifeTime())))
                .build());
    }

    private static boolean isSpent(Connection connection, PooledRefMetadata metadata) {
        return metadata.idleTime() >= IDLE_MAX.toMillis()
                || metadata.lifeTime() >= LIFE_MAX.toMillis()
                || !isConnected(connection);
    }

    /** The local check only looks at the channel, and answers at once. */
    private static boolean isConnected(Connection connection) {
        return Mono.from(connection.validate(ValidationDepth.LOCAL)).toFuture().getNow(false);
    }
}
