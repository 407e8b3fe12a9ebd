package io.percolate.gateway.admin.revocation;

/** What a revocation names: one token by its {@code jti}, or all of a session by their {@code sid}. */
enum RevocationKind {
    TOKEN,
    SESSION
}
