package io.percolate.gateway.context.vault;

/** A location that is none of a tenant's snapshots. */
public final class VaultException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    VaultException(String message) {
        super(message);
    }
}
