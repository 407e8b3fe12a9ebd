package io.percolate.gateway.routing.postgres;

import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlException;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import reactor.core.publisher.Mono;

/**
 * {@code sslmode=prefer}: asks whether the server speaks TLS before the driver gets ready for it.
 *
 * <p>The driver makes a TLS engine for each connection before it asks. The first one loads the JDK's whole TLS and its
 * trusted certificates, 0.2 s of a start on one core, also where the server has no TLS.
 */
final class PreferredTls implements ConnectionFactory {
    /** {@code invalid_authorization_specification}: also what pg_hba.conf says to who should have used TLS. */
    private static final String NOT_ADMITTED = "28000";

    private final TlsOffer offer;
    private final PostgresqlConnectionFactory plain;
    private final PostgresqlConnectionFactory preferring;

    PreferredTls(TlsOffer offer, PostgresqlConnectionFactory plain, PostgresqlConnectionFactory preferring) {
        this.offer = offer;
        this.plain = plain;
        this.preferring = preferring;
    }

    @Override
    public Mono<Connection> create() {
        return offer.isRefused().flatMap(refused -> refused ? withoutTls() : preferring.create());
    }

    /** Where a name leads to several servers, another one may have answered than the one that is connected to now. */
    private Mono<Connection> withoutTls() {
        return plain.create()
                .cast(Connection.class)
                .onErrorResume(PreferredTls::isNotAdmitted, error -> preferring.create());
    }

    private static boolean isNotAdmitted(Throwable error) {
        return error instanceof PostgresqlException refusal
                && refusal.getErrorDetails().getCode().equals(NOT_ADMITTED);
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
        return preferring.getMetadata();
    }
}
