package io.percolate.gateway.admin.auth;

import java.security.MessageDigest;

/** One admin token: whose it is, and the SHA-256 digest of its secret; the secret itself is not kept. */
final class AdminToken {
    private final Principal principal;
    private final byte[] digest;

    AdminToken(Principal principal, String secret) {
        this.principal = principal;
        this.digest = Digests.sha256(secret);
    }

    Principal principal() {
        return principal;
    }

    /** Whether the digest is this token's, in time that does not depend on where they differ. */
    boolean hasDigest(byte[] candidate) {
        return MessageDigest.isEqual(digest, candidate);
    }

    @Override
    public String toString() {
        return principal.toString();
    }
}
