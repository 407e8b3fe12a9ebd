package io.percolate.gateway.routing.postgres;

/** How a connection to PostgreSQL is protected, in libpq's words. */
public enum SslMode {
    DISABLE,
    /** TLS when the server offers it. */
    PREFER,
    /** TLS, whatever certificate the server shows. */
    REQUIRE,
    VERIFY_CA,
    VERIFY_FULL
}
